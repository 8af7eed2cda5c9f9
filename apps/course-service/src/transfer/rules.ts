const MAX_TITLE_LENGTH = 200
const COPY_MARK = ' (copy)'

/** Says that it is one, however long the title is. */
export const titleOfCopy = (title: string) => title.slice(0, MAX_TITLE_LENGTH - COPY_MARK.length) + COPY_MARK
