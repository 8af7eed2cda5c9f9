import { keepRecent } from '@aetherlearn/service-kit/recent'
import { createIsbotFromList, isbotPatterns, list } from 'isbot'
import type { StaffedCourse } from '../courses/directory.ts'

/**
 * Whose reports these are. Those who work on a course and programs are counted apart, as their numbers would say nothing
 * about students.
 */
export type Traffic = 'students' | 'own' | 'programs'

/**
 * A student's player may be an app or a script, which names itself in a word and a version. Everybody who reports is
 * signed in, so that what remains of the list are crawlers, monitors and browsers that nobody sits at.
 */
const players = ['AetherLearn/1.0', 'Expo/1', 'node']
const ofPlayers = new Set(players.flatMap((userAgent) => isbotPatterns(userAgent)))
const saysProgram = createIsbotFromList(list.filter((pattern) => !ofPlayers.has(pattern)))

const REMEMBERED = 2000
/** Longer ones are looked at again each time, so that nobody fills the memory with them. */
const LONGEST_REMEMBERED = 400

/** Whether a user agent says that it is a program; answered from memory for those that were seen lately. */
export function createProgramFilter(): (userAgent: string | undefined) => boolean {
  const known = keepRecent<{ program: boolean }>(REMEMBERED)
  return (userAgent = '') => {
    const found = known.get(userAgent)
    if (found !== undefined) return found.program
    const program = saysProgram(userAgent)
    if (userAgent.length <= LONGEST_REMEMBERED) known.set(userAgent, { program })
    return program
  }
}

export type TrafficOf = (
  course: Pick<StaffedCourse, 'creatorId' | 'staffIds'>,
  callerId: string,
  userAgent: string | undefined,
) => Traffic

export function createTrafficOf(): TrafficOf {
  const isProgram = createProgramFilter()
  return (course, callerId, userAgent) => {
    if (isProgram(userAgent)) return 'programs'
    return course.creatorId === callerId || course.staffIds.has(callerId) ? 'own' : 'students'
  }
}
