/** The creator edits a course, and so does an admin. */
export const mayEdit = (
  course: { creator: { toString(): string } },
  caller: { id: string; role: string },
): boolean => caller.role === 'admin' || String(course.creator) === caller.id
