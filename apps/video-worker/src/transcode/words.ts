/** For arguments without a path: those are handed over whole. */
export const words = (text: string) => text.split(' ')

/** How every ffmpeg begins: asks nothing, says only what is wrong, and opens nothing but files. */
export const quiet = words('-y -nostdin -hide_banner -loglevel error')
export const filesOnly = words('-protocol_whitelist file')
/** For outputs that depend on nothing but what is asked for, so that making them twice makes the same bytes. */
export const bitExact = words('-map_metadata -1 -fflags +bitexact')
