/** What we use of it: its own types say that these files have default exports, which they do not. */
declare module 'scorm-again/scorm12/min' {
  export const Scorm12API: new (settings: ScormSettings) => ScormApi
}
declare module 'scorm-again/scorm2004/min' {
  export const Scorm2004API: new (settings: ScormSettings) => ScormApi
}

type ScormSettings = { autocommit: boolean; lmsCommitUrl: false; logLevel: 5 }
type ScormApi = {
  loadFromFlattenedJSON(values: Record<string, unknown>): void
  getFlattenedCMI(): Record<string, unknown>
  on(name: string, heard: (element?: string, value?: unknown) => void): void
}
