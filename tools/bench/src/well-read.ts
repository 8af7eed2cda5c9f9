import { newId } from '@aetherlearn/testing/ids'
import { aStudent, type Classroom, type Student } from './classroom.ts'

const COURSES = 200
const DAYS = 365
const DAY_MS = 24 * 3600 * 1000

/** Students of 200 courses each with as many lectures, half of them completed, and something done on each day of a year. */
export async function wellReadStudents(
  room: Classroom,
  { students, lectures }: { students: number; lectures: number },
): Promise<Student[]> {
  const { mongo, objectId, service } = room
  const courses = Array.from({ length: COURSES }, () => ({
    ...{ _id: objectId(newId()), version: 1, totalLectures: lectures },
    lectures: Array.from({ length: lectures }, () => objectId(newId())),
    durations: Array.from({ length: lectures }, () => 600),
  }))
  // A row's id is its own here: mongoose's connection types it as that of its documents.
  await mongo.collection<{ _id: object }>('courseMeta').insertMany(courses)
  const all = await Promise.all(Array.from({ length: students }, () => aStudent(service)))
  for (const { userId } of all) {
    const user = { userId: objectId(userId) }
    const enrolments = courses.map(({ _id: courseId }) => ({ ...user, courseId, sequence: 1, active: true }))
    await mongo.collection('enrolments').insertMany(enrolments)
    await mongo.collection('progress').insertMany(courses.map((course) => ({ ...user, ...halfOf(course) })))
    await mongo
      .collection('activity')
      .insertMany(aYear().map((date) => ({ ...user, date, count: 3, late: 0 })))
  }
  return all
}

/** Without a count: the service makes that at the first read. */
function halfOf(course: { _id: object; lectures: object[] }) {
  const completedLectures = course.lectures.slice(0, course.lectures.length / 2)
  const at = Date.now()
  const ofEach = <T>(value: T) => Object.fromEntries(completedLectures.map((id) => [String(id), value]))
  return {
    ...{ courseId: course._id, completedLectures, lastWatchedLecture: completedLectures[0], stamp: at },
    ...{ watchTimes: ofEach(300), stamps: ofEach(at) },
  }
}

const aYear = () =>
  Array.from({ length: DAYS }, (_, before) =>
    new Date(Date.now() - before * DAY_MS).toISOString().slice(0, 10),
  )
