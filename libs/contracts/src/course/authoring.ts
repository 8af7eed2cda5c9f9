import { Type, type TProperties } from 'typebox'
import { Id, Message, OneOf, Strict, Text, endpoint } from '../shape.ts'
import { CompletionRule } from './completion.ts'
import {
  Course,
  CourseOutline,
  CourseRef,
  Lecture,
  LectureRef,
  PublishedCourse,
  Section,
  SectionRef,
  levels,
} from './shapes.ts'

/**
 * The revision that its sender saw, of the document that the route names below. Where it is no longer the current one,
 * nothing is changed and the answer is 409 STALE_EDIT with `currentRevision`. Left out: the edit holds whatever happened
 * meanwhile.
 */
const Revision = Type.Optional(Type.Integer({ minimum: 0 }))
/** Zero-based, in the list as it is afterwards; one past its end means the end. */
const Position = Type.Integer({ minimum: 0, maximum: 100_000 })

const details = {
  subtitle: Type.String({ maxLength: 300 }),
  /** Plain text. */
  description: Type.String({ maxLength: 10_000 }),
  level: OneOf(levels),
  /** BCP 47 (RFC 5646 §2.1): a language, then script, region or variants. */
  language: Type.String({ maxLength: 35, pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$' }),
  /** In the smallest unit of `currency`. */
  price: Type.Integer({ minimum: 0, maximum: 1_000_000_000 }),
  currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  /** When its lectures are completed; of students who watch already, from the next publish on. */
  completion: CompletionRule,
  /** `null`: no limit. Below the number of students nobody has to leave; nobody else comes in. */
  seatLimit: Type.Union([Type.Integer({ minimum: 1, maximum: 1_000_000 }), Type.Null()]),
}
const named = { title: Text(200), category: Text(80) }

const optional = <P extends TProperties>(properties: P) => Type.Partial(Type.Object(properties)).properties

export const NewCourse = Strict({ ...named, ...optional(details) })
export const CourseChange = Strict({ ...optional({ ...named, ...details }), revision: Revision })

export const authoringApi = {
  createCourse: endpoint({
    method: 'POST',
    url: '/api/v1/course/create',
    summary: 'Create a draft course',
    config: { access: 'instructor', rate: 'write' },
    schema: { body: NewCourse, response: { 201: Course } },
  }),
  /** `revision` is that of the course. */
  changeCourse: endpoint({
    method: 'PATCH',
    url: '/api/v1/course/:courseId',
    summary: 'Change what a draft says of itself; what is left out stays',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: CourseRef, body: CourseChange, response: { 200: Course } },
  }),
  addSection: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/section',
    summary: 'Append a section to a course',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: CourseRef, body: Strict({ sectionTitle: Text(200) }), response: { 201: Section } },
  }),
  /** `revision` is that of the section. */
  changeSection: endpoint({
    method: 'PATCH',
    url: '/api/v1/course/section/:sectionId',
    summary: 'Rename a section',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      params: SectionRef,
      body: Strict({ sectionTitle: Text(200), revision: Revision }),
      response: { 200: Section },
    },
  }),
  /** `revision` is that of the section, so that no lecture goes with it that its sender never saw. */
  deleteSection: endpoint({
    method: 'DELETE',
    url: '/api/v1/course/section/:sectionId',
    summary: 'Take a section and its lectures out of the draft; students keep what was published',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      params: SectionRef,
      querystring: Strict({ revision: Revision }),
      response: { 200: Message },
    },
  }),
  /** `revision` is that of the course, which counts the order of its sections; so does the answer’s. */
  moveSection: endpoint({
    method: 'POST',
    url: '/api/v1/course/section/:sectionId/move',
    summary: 'Put a section at another place of its course',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      params: SectionRef,
      body: Strict({ position: Position, revision: Revision }),
      response: { 200: Course },
    },
  }),
  addLecture: endpoint({
    method: 'POST',
    url: '/api/v1/course/:sectionId/lecture',
    summary: 'Append a lecture to a section',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: SectionRef, body: Strict({ lectureTitle: Text(200) }), response: { 201: Lecture } },
  }),
  /** `revision` is that of the lecture. */
  changeLecture: endpoint({
    method: 'PATCH',
    url: '/api/v1/course/lecture/:lectureId',
    summary: 'Rename a lecture',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      params: LectureRef,
      body: Strict({ lectureTitle: Text(200), revision: Revision }),
      response: { 200: Lecture },
    },
  }),
  /** `revision` is that of the lecture. */
  deleteLecture: endpoint({
    method: 'DELETE',
    url: '/api/v1/course/lecture/:lectureId',
    summary: 'Take a lecture out of the draft; students keep what was published',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      params: LectureRef,
      querystring: Strict({ revision: Revision }),
      response: { 200: Message },
    },
  }),
  /**
   * `revision` is that of the section it goes to, in whose list the place was chosen. The answer holds that section and,
   * where it is another one, the section it left.
   */
  moveLecture: endpoint({
    method: 'POST',
    url: '/api/v1/course/lecture/:lectureId/move',
    summary: 'Put a lecture at another place, in its own or another section of the same course',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      params: LectureRef,
      body: Strict({ sectionId: Id, position: Position, revision: Revision }),
      response: { 200: Type.Array(Section, { minItems: 1, maxItems: 2 }) },
    },
  }),
  /** Source document 000 §5. */
  removeCourse: endpoint({
    method: 'DELETE',
    url: '/api/v1/course/remove/:courseId',
    summary:
      'Remove a course with its sections, lectures, enrolments and media; at once nobody sees it any more',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: CourseRef, response: { 200: Type.Object({}) } },
  }),
  listTaught: endpoint({
    method: 'GET',
    url: '/api/v1/course/taught',
    summary: 'The courses the caller works on, newest first',
    config: { access: 'instructor', rate: 'read' },
    schema: { response: { 200: Type.Array(Course) } },
  }),
  getCourse: endpoint({
    method: 'GET',
    url: '/api/v1/course/:courseId',
    summary: 'The outline for its people: the draft for who works on it, the snapshot for enrolled students',
    config: { access: 'signed-in', rate: 'read' },
    schema: { params: CourseRef, response: { 200: Type.Union([CourseOutline, PublishedCourse]) } },
  }),
  getLecture: endpoint({
    method: 'GET',
    url: '/api/v1/course/lecture/:lectureId',
    summary: 'A lecture and the state of its video',
    config: { access: 'signed-in', rate: 'read' },
    schema: { params: LectureRef, response: { 200: Lecture } },
  }),
}
