/** Whatever was thrown, as an error that can be shown. */
export const asError = (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown)))
