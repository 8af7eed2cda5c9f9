import { Type, type Static } from 'typebox'
import { Id, Instant, Strict } from '../shape.ts'
import { Day } from './shapes.ts'

/** Of the whole format: another one, where what is signed changes. */
export const EVIDENCE_SCHEMA = 'aetherlearn-evidence-1'
export const CHECKPOINT_SCHEMA = 'aetherlearn-checkpoint-1'
/** `typ` of the two signatures, so that one never passes for the other. */
export const EVIDENCE_TYPE = 'aetherlearn-evidence+jws'
export const CHECKPOINT_TYPE = 'aetherlearn-checkpoint+jws'

/** SHA-256, as hex digits. */
export const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' })
/** 128 random bits in base64url: what is hashed with it cannot be guessed from the hash. */
const Salt = Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' })
const Count = Type.Integer({ minimum: 0, maximum: 1_000_000_000 })
const Place = Type.Integer({ minimum: 1, maximum: 1_000_000_000 })

/** What somebody learned on one day in one course. */
export const EvidencePart = Strict({
  /** '' for minutes of which that is not known, as of a day told late on which several courses were watched. */
  courseId: Type.String({ pattern: '^([0-9a-f]{24})?$' }),
  /** In which something was watched. */
  minutes: Count,
  /** Of these, told when the device was online again. */
  lateMinutes: Count,
  completions: Count,
  salt: Salt,
})
export type EvidencePart = Static<typeof EvidencePart>

/** What an entry says; of its parts only their digests, so that one course can be shown without the others. */
export const EvidenceContent = Strict({
  /** In the learner's own time zone. */
  date: Day,
  sealedAt: Instant,
  /** The entry of the same date in whose place this one stands. */
  corrects: Type.Optional(Place),
  /** SHA-256 of each part's canonical JSON (RFC 8785), in ascending order. */
  parts: Type.Array(Digest),
  salt: Salt,
})
export type EvidenceContent = Static<typeof EvidenceContent>

/** One link of a learner's chain. Of one that lies outside what is told only the hashes are shown. */
export const EvidenceEntry = Strict({
  /** 1, 2, 3 … without a gap. */
  seq: Place,
  previousHash: Digest,
  /** Of the content's canonical JSON. */
  contentHash: Digest,
  /** Of the canonical JSON of the three above. */
  hash: Digest,
  content: Type.Optional(EvidenceContent),
  /** Those that are told. */
  parts: Type.Optional(Type.Array(EvidencePart)),
})
export type EvidenceEntry = Static<typeof EvidenceEntry>

/** Of a JWS in its flattened form (RFC 7515 §7.2.2) without the payload, which is the canonical JSON beside it. */
export const Signature = Strict({
  protected: Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength: 1000 }),
  signature: Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength: 1000 }),
})
export type Signature = Static<typeof Signature>

/**
 * All chains at one moment, as one hash: the root of a Merkle tree (RFC 9162 §2.1) whose leaves are their ends. Somebody
 * who was erased leaves an empty leaf; nobody's place is given to another.
 */
export const Checkpoint = Strict({
  schema: Type.Literal(CHECKPOINT_SCHEMA),
  /** 1, 2, 3 … without a gap. */
  number: Place,
  at: Instant,
  /** All days up to this one are sealed. */
  through: Day,
  places: Count,
  /** How many of the places are empty. */
  erased: Count,
  /** Places whose chain is not what it was at the checkpoint before, some of them; nobody’s should be here. */
  broken: Type.Array(Place),
  root: Digest,
  /** SHA-256 of the canonical JSON of the checkpoint before; of the first one 64 zeros. */
  previous: Digest,
})
export type Checkpoint = Static<typeof Checkpoint>
export const SignedCheckpoint = Strict({ checkpoint: Checkpoint, signature: Signature })
export type SignedCheckpoint = Static<typeof SignedCheckpoint>

/** That a chain stood at this entry when the checkpoint was made. */
export const EvidenceAnchor = Strict({
  ...SignedCheckpoint.properties,
  place: Place,
  seq: Place,
  hash: Digest,
  /** From the leaf to the root. */
  path: Type.Array(Digest),
})
export type EvidenceAnchor = Static<typeof EvidenceAnchor>

export const EvidenceTotals = Strict({ minutes: Count, lateMinutes: Count, completions: Count, days: Count })
export type EvidenceTotals = Static<typeof EvidenceTotals>

/** The time that somebody learned, in a form that cannot be changed unnoticed. */
export const EvidenceReport = Strict({
  schema: Type.Literal(EVIDENCE_SCHEMA),
  userId: Id,
  issuedAt: Instant,
  /** What is told; entries outside are shown as hashes. */
  scope: Strict({
    from: Type.Optional(Day),
    to: Type.Optional(Day),
    courseId: Type.Optional(Id),
  }),
  /** Of what is told. */
  totals: EvidenceTotals,
  /** What courses are called, by id, where that is known. */
  titles: Type.Record(Type.String({ pattern: '^[0-9a-f]{24}$' }), Type.String()),
  /** With the user's id it makes the hash before the first entry. */
  salt: Salt,
  /** How many entries the chain has. */
  length: Count,
  entries: Type.Array(EvidenceEntry),
  /** Absent before the first checkpoint that knows of the learner. */
  anchor: Type.Optional(EvidenceAnchor),
})
export type EvidenceReport = Static<typeof EvidenceReport>
export const SignedEvidence = Strict({ report: EvidenceReport, signature: Signature })
export type SignedEvidence = Static<typeof SignedEvidence>

export const EvidenceProblem = Type.Object({
  /** The first entry at which it shows. */
  seq: Type.Optional(Type.Integer()),
  message: Type.String(),
})
export type EvidenceProblem = Static<typeof EvidenceProblem>

export const EvidenceVerdict = Type.Object({
  valid: Type.Boolean(),
  /** Whether a signed checkpoint stands behind it. */
  anchored: Type.Boolean(),
  /** The first entry that is not what it was, or is missing. */
  firstWrong: Type.Optional(Type.Integer()),
  problems: Type.Array(EvidenceProblem),
})
export type EvidenceVerdict = Static<typeof EvidenceVerdict>
