/** For tests of a process: asks again until it answers, as it hears of what others tell it in its own time. */
export async function untilAnswered(ask: () => Promise<unknown>) {
  for (let answered = false; !answered;)
    answered = await ask().then(
      () => true,
      () => false,
    )
}
