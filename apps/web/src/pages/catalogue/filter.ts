import type { PublishedCourse } from '@aetherlearn/contracts/course/shapes'

/** Every word must appear somewhere in what a card shows. */
export function matching(courses: PublishedCourse[], query: string, category: string | undefined) {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  return courses.filter((course) => {
    const text = `${course.title} ${course.subtitle} ${course.category}`.toLowerCase()
    return (
      words.every((word) => text.includes(word)) && (category === undefined || course.category === category)
    )
  })
}

export const categoriesOf = (courses: PublishedCourse[]) =>
  [...new Set(courses.map((course) => course.category))].toSorted((a, b) => a.localeCompare(b))
