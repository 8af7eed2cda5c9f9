import { broken } from './broken-videos.ts'
import { playable } from './playable-videos.ts'

/** What the clock of a video shows, and where the sound beeps, after it was made. */
export type Ready = {
  /** Of each rung, largest first. */
  sizes: string[]
  frameRate: number
  /** Of the picture. */
  seconds: number
  clock: {
    perSecond: number
    /** Second at which the clock begins; before it its first number stands. */
    startsAt: number
    /** Numbers that the source shows; left out: all of them. */
    shows?: (number: number) => boolean
  }
  /** Seconds at which beeps are heard; absent for a video without sound. */
  beeps?: number[]
}
export type Failed = { code: string; advice: RegExp }

/** A file as people upload it, and what becomes of it. */
export type HardInput = {
  name: string
  container: 'mp4' | 'mov' | 'matroska' | 'webm'
  /** Makes the file. */
  make: (file: string) => Promise<void>
  expected: Ready | Failed
}

export const isReady = (expected: Ready | Failed): expected is Ready => 'sizes' in expected

/** The matrix of hard inputs: videos that must become streams, and files that must be refused for a reason. */
export const hardInputs: HardInput[] = [...playable, ...broken]
