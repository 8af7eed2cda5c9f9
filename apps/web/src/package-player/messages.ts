import { packageStandards } from '@aetherlearn/contracts/course/packages'
import { PackageState } from '@aetherlearn/contracts/progress/packages'
import { OneOf } from '@aetherlearn/contracts/shape'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'

/** The address of the player names the console that frames it, which alone it listens to. */
export const CONSOLE_PARAMETER = 'console'
/** With it the player is where a unit of cmi5 sends its window when it was left. */
export const LEFT_PARAMETER = 'left'

/** To the player, with the port by which it answers: open this. */
export const Open = Type.Object({
  kind: Type.Literal('open'),
  standard: OneOf(packageStandards),
  url: Type.String(),
  title: Type.String(),
  state: Type.Pick(PackageState, ['entry', 'cmi', 'totalSeconds']),
  learner: Type.Object({ id: Type.String(), name: Type.String() }),
  /** The number of the last thing that was said in this session. */
  sequence: Type.Integer(),
  /** With it the player itself keeps what is said while its window is closed. */
  leaving: Type.Optional(Type.Object({ sessionId: Type.String(), ticket: Type.String() })),
  launchData: Type.Optional(Type.String()),
  masteryScore: Type.Optional(Type.Number()),
})
export type Open = Static<typeof Open>

/** What a package asks for as it is left: `adl.nav.request`. */
export const moves = ['continue', 'previous', 'exit'] as const
export type Move = (typeof moves)[number]

/** From the player: `ready` and `left` through its window, `said` through the port. */
export const FromPlayer = Type.Union([
  Type.Object({ kind: Type.Literal('ready') }),
  Type.Object({ kind: Type.Literal('left') }),
  Type.Object({
    kind: Type.Literal('said'),
    sequence: Type.Integer({ minimum: 1 }),
    cmi: Type.Record(Type.String(), Type.String()),
    /** The package asked to keep it now. */
    urgent: Type.Boolean(),
    finished: Type.Boolean(),
    move: Type.Optional(OneOf(moves)),
  }),
])
export type FromPlayer = Static<typeof FromPlayer>
export type Said = Extract<FromPlayer, { kind: 'said' }>

/** What other windows send may be anything. */
export const readMessage = (message: unknown): FromPlayer | undefined =>
  Value.Check(FromPlayer, message) ? message : undefined
export const readOpen = (message: unknown): Open | undefined =>
  Value.Check(Open, message) ? message : undefined
