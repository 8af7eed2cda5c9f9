import { coursePublished } from '@aetherlearn/contracts/course/events'
import { newId } from '@aetherlearn/testing/ids'
import { startLoneService, type LoneService } from '@aetherlearn/testing/lone-service'

const MAIN = new URL('../../../apps/progress-service/src/main.ts', import.meta.url)
const EVENTS_ARRIVE_MS = 20_000
const TOKEN_SECONDS = 4 * 3600
const AT_ONCE = 200

export type Classroom = {
  service: LoneService
  /** Rows straight into the service's database, of which other services tell it by events. */
  mongo: Awaited<ReturnType<LoneService['stores']['connectMongo']>>
  objectId(hex: string): object
  courseId: string
  lectureIds: string[]
  students: Student[]
  close(): Promise<void>
}
export type Student = { userId: string; authorization: string }

/** A progress-service that is alone on the machine, and one course with as many students who may save. */
export async function openClassroom(
  size: { students: number; lectures: number },
  settings: Record<string, string> = {},
): Promise<Classroom> {
  const service = await startLoneService('progress-service', MAIN, settings)
  try {
    const mongo = await service.stores.connectMongo()
    const objectId = (hex: string) => new mongo.base.Types.ObjectId(hex)
    const courseId = newId()
    const lectureIds = Array.from({ length: size.lectures }, newId)
    const lectures = lectureIds.map((lectureId) => ({
      lectureId,
      lectureTitle: 'Sets',
      durationSeconds: 600,
    }))
    await service.tell(coursePublished, {
      courseId,
      creatorId: newId(),
      title: 'Algebra',
      version: 1,
      lectures,
    })
    const deadline = Date.now() + EVENTS_ARRIVE_MS
    while ((await mongo.collection('courseMeta').findOne({ version: 1 })) === null) {
      if (Date.now() > deadline) throw new Error('progress-service has not heard of the course')
    }
    const students: Student[] = []
    while (students.length < size.students) {
      const some = Math.min(AT_ONCE, size.students - students.length)
      students.push(...(await Promise.all(Array.from({ length: some }, () => aStudent(service)))))
    }
    const rowOf = ({ userId }: Student) => ({
      ...{ userId: objectId(userId), courseId: objectId(courseId) },
      ...{ sequence: 1, active: true, since: new Date() },
    })
    await mongo.collection('enrolments').insertMany(students.map(rowOf))
    return { service, mongo, objectId, courseId, lectureIds, students, close: service.close }
  } catch (error) {
    await service.close()
    throw error
  }
}

export async function aStudent(service: LoneService): Promise<Student> {
  const userId = newId()
  const token = await service.tokenFor({ id: userId, role: 'student', lifetimeSeconds: TOKEN_SECONDS })
  return { userId, authorization: `Bearer ${token}` }
}
