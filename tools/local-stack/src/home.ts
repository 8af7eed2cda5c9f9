import { join, resolve } from 'node:path'

/** The workspace's root. */
export const root = resolve(import.meta.dirname, '../../..')

/** Where everything that we start keeps its data, logs and downloaded programs: `AETHERLEARN_HOME`, or in the repo. */
export const defaultHome = () => resolve(process.env['AETHERLEARN_HOME'] ?? join(root, '.aetherlearn'))

/** Downloaded programs are shared by all homes, so that tests in temporary folders fetch nothing. */
export const programsFolder = () => join(defaultHome(), 'programs')
