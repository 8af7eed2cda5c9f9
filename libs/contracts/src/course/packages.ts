import { Type, type Static } from 'typebox'
import { OneOf } from '../shape.ts'

/** What a lecture can be instead of a video: SCORM 1.2, SCORM 2004 (2nd to 4th edition), cmi5. */
export const packageStandards = ['scorm-1.2', 'scorm-2004', 'cmi5'] as const
export const PackageStandard = OneOf(packageStandards)
export type PackageStandard = Static<typeof PackageStandard>

/** When a cmi5 unit is done with (cmi5 §13.1.4, `moveOn`). */
export const MoveOn = OneOf([
  'Passed',
  'Completed',
  'CompletedAndPassed',
  'CompletedOrPassed',
  'NotApplicable',
])
export type MoveOn = Static<typeof MoveOn>

/** One thing to open: a SCO or an asset of SCORM, an assignable unit of cmi5. */
export const PackageItem = Type.Object({
  /** Of the manifest, unique in the package. SCORM: the identifier of the item; cmi5: the IRI of the AU. */
  itemId: Type.String({ minLength: 1, maxLength: 2000 }),
  title: Type.String({ maxLength: 500 }),
  /** Path in the package with its query; cmi5 also takes an absolute https URL. */
  launch: Type.String({ maxLength: 4000 }),
  /** Whether it says how it went: false for an asset of SCORM, which is done with when it was opened. */
  reports: Type.Boolean(),
  /** From which score on it is passed, 0 to 1. */
  masteryScore: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** Of cmi5. */
  moveOn: Type.Optional(MoveOn),
  /** What the package wants to be told at launch: `cmi.launch_data`, `launchParameters`. */
  launchData: Type.Optional(Type.String({ maxLength: 65_536 })),
})
export type PackageItem = Static<typeof PackageItem>

/** A package as its listeners know it; another one at the same lecture has another id. */
export const LecturePackage = Type.Object({
  packageId: Type.String(),
  standard: PackageStandard,
  title: Type.String(),
  /** In the order of the manifest; at least one. */
  items: Type.Array(PackageItem),
})
export type LecturePackage = Static<typeof LecturePackage>

/** A package as the outline of its course shows it. */
export const PackageSummary = Type.Object({
  packageId: Type.String(),
  standard: PackageStandard,
  title: Type.String(),
  itemCount: Type.Integer(),
  fileCount: Type.Integer(),
  /** Unpacked. */
  sizeBytes: Type.Integer(),
})
export type PackageSummary = Static<typeof PackageSummary>
