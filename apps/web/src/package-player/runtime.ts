import { keptElement } from '@aetherlearn/contracts/progress/packages'
import type { Move, Open, Said } from './messages.ts'

/** What a package looks for in the windows above it, under this name. */
export type Runtime = { name: 'API' | 'API_1484_11'; api: object }
/** Nothing is sent by the library itself, nor logged: packages log what they like. */
const settings = { autocommit: false, lmsCommitUrl: false, logLevel: 5 } as const
const PERCENT = 100

const twoDigits = (count: number) => String(Math.floor(count)).padStart(2, '0')
/** As `cmi.core.total_time` has it. */
const timespan = (seconds: number) =>
  `${String(Math.floor(seconds / 3600)).padStart(4, '0')}:${twoDigits((seconds / 60) % 60)}:${twoDigits(seconds % 60)}`

function told(older: boolean, open: Open): Record<string, unknown> {
  const { state, learner, launchData, masteryScore } = open
  const core = older ? 'cmi.core.' : 'cmi.'
  return {
    ...state.cmi,
    [older ? 'cmi.core.student_id' : 'cmi.learner_id']: learner.id,
    [older ? 'cmi.core.student_name' : 'cmi.learner_name']: learner.name,
    [`${core}credit`]: 'credit',
    [`${core}entry`]: state.entry,
    [`${core}total_time`]: older ? timespan(state.totalSeconds) : `PT${state.totalSeconds}S`,
    ...(launchData !== undefined && { 'cmi.launch_data': launchData }),
    ...(masteryScore !== undefined &&
      (older
        ? { 'cmi.student_data.mastery_score': String(masteryScore * PERCENT) }
        : { 'cmi.scaled_passing_score': String(masteryScore) })),
  }
}

/** What there is to keep: texts, without what only the LMS sets. */
const keptOf = (api: ScormApi): Record<string, string> =>
  Object.fromEntries(
    Object.entries(api.getFlattenedCMI()).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' && value !== '' && keptElement.test(name) ? [[name, value]] : [],
    ),
  )

const MOVES: Record<string, Move> = {
  continue: 'continue',
  previous: 'previous',
  exit: 'exit',
  exitAll: 'exit',
  suspendAll: 'exit',
}

/** The runtime of SCORM, with what was kept in it; whatever the package changes is said once it has done what it is doing. */
export async function openRuntime(open: Open, say: (said: Said) => void): Promise<Runtime> {
  const older = open.standard === 'scorm-1.2'
  const api = older
    ? new (await import('scorm-again/scorm12/min')).Scorm12API(settings)
    : new (await import('scorm-again/scorm2004/min')).Scorm2004API(settings)
  listen(api, open, say)
  api.loadFromFlattenedJSON(told(older, open))
  return { name: older ? 'API' : 'API_1484_11', api }
}

function listen(api: ScormApi, { standard, ...open }: Open, say: (said: Said) => void) {
  const older = standard === 'scorm-1.2'
  let { sequence } = open
  const state: { waits: boolean; finished: boolean; move?: Move | undefined } = {
    waits: false,
    finished: false,
  }
  const tell = (urgent: boolean) =>
    say({
      kind: 'said',
      sequence: (sequence += 1),
      cmi: keptOf(api),
      urgent,
      finished: state.finished,
      ...(state.move !== undefined && state.finished && { move: state.move }),
    })
  // A task of its own would not come any more where the window is being left.
  const soon = () => {
    if (state.waits) return
    state.waits = true
    queueMicrotask(() => {
      state.waits = false
      tell(false)
    })
  }
  const prefix = older ? 'LMS' : ''
  api.on(`${prefix}SetValue.cmi.*`, soon)
  api.on(`${prefix}Commit`, () => tell(true))
  api.on(older ? 'LMSFinish' : 'Terminate', () => {
    state.finished = true
    tell(true)
  })
  if (!older)
    api.on('SetValue.adl.*', (element, value) => {
      if (element === 'adl.nav.request') state.move = MOVES[String(value)]
    })
}
