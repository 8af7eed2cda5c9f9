import type { Level } from '@aetherlearn/contracts/course/shapes'

/** What a course of the demo says of itself, and its sections, by their titles, with the titles of their lectures. */
export type DemoCourse = {
  title: string
  subtitle: string
  description: string
  category: string
  level: Level
  language: string
  price: number
  currency: string
  sections: Record<string, string[]>
}

export const firstLook: DemoCourse = {
  title: 'A first look at AetherLearn',
  subtitle: 'Upload a video, watch it become a stream, see your students move.',
  description:
    'What an instructor does here, from the first draft to the first student: write an outline, upload videos, ' +
    'publish, and see where your students stop watching.',
  category: 'Teaching',
  level: 'all',
  language: 'en',
  price: 0,
  currency: 'EUR',
  sections: { Welcome: ['What a lecture looks like'] },
}

/** Beside the first, so that there is something to search and to filter. */
export const otherCourses: DemoCourse[] = [
  {
    title: 'Statistics without fear',
    subtitle: 'Means, spreads and what a sample can tell you.',
    description:
      'You need no more than school mathematics. Each lesson begins with a question from daily life and ends with a ' +
      'number that answers it, and with how sure we may be of it.',
    category: 'Science',
    level: 'intermediate',
    language: 'en',
    price: 4900,
    currency: 'EUR',
    sections: { 'Numbers that describe': ['A mean and its spread'] },
  },
  {
    title: 'Deutsch für den Alltag',
    subtitle: 'Einkaufen, Wege erfragen, Termine machen.',
    description:
      'Für alle, die gerade angekommen sind: kurze Gespräche aus dem Alltag, langsam gesprochen, zum Nachsprechen.',
    category: 'Languages',
    level: 'beginner',
    language: 'de',
    price: 1900,
    currency: 'EUR',
    sections: { 'Im Geschäft': ['Brot und Brötchen'] },
  },
]
