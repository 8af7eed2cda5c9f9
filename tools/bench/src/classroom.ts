import { coursePublished } from '@aetherlearn/contracts/course/events'
import { newId } from '@aetherlearn/testing/ids'
import { startLoneService, type LoneService } from '@aetherlearn/testing/lone-service'

const EVENTS_ARRIVE_MS = 20_000
const TOKEN_SECONDS = 4 * 3600
const AT_ONCE = 200

type Taught = 'progress-service' | 'analytics-service'
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

/** A service that is alone on the machine, and one course with as many students, who may save their progress. */
export async function openClassroom(
  name: Taught,
  size: { students: number; lectures: number },
  settings: Record<string, string> = {},
): Promise<Classroom> {
  const main = new URL(`../../../apps/${name}/src/main.ts`, import.meta.url)
  const service = await startLoneService(name, main, settings)
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
      if (Date.now() > deadline) throw new Error(`${name} has not heard of the course`)
    }
    const students: Student[] = []
    while (students.length < size.students) {
      const some = Math.min(AT_ONCE, size.students - students.length)
      students.push(...(await Promise.all(Array.from({ length: some }, () => aStudent(service)))))
    }
    const room = { service, mongo, objectId, courseId, lectureIds, students, close: service.close }
    if (name === 'progress-service') await enrolAll(room)
    return room
  } catch (error) {
    await service.close()
    throw error
  }
}

async function enrolAll({ mongo, objectId, courseId, students }: Classroom) {
  const rowOf = ({ userId }: Student) => ({
    ...{ userId: objectId(userId), courseId: objectId(courseId) },
    ...{ sequence: 1, active: true, since: new Date() },
  })
  await mongo.collection('enrolments').insertMany(students.map(rowOf))
}

export async function aStudent(service: LoneService): Promise<Student> {
  const userId = newId()
  const token = await service.tokenFor({ id: userId, role: 'student', lifetimeSeconds: TOKEN_SECONDS })
  return { userId, authorization: `Bearer ${token}` }
}
