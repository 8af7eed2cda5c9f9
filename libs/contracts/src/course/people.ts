import { Type, type Static } from 'typebox'
import { Email } from '../identity.ts'
import { Id, Message, OneOf, Strict, endpoint } from '../shape.ts'
import { CourseRef, CourseRole } from './shapes.ts'

/** Somebody by id or by email address: one of the two, not both. */
export const somebody = { userId: Type.Optional(Id), email: Type.Optional(Email) }
export const UserInCourseRef = Strict({ courseId: Id, userId: Id })

/** Name and address are absent for a moment after somebody registered. */
const known = { fullName: Type.Optional(Type.String()), email: Type.Optional(Type.String()) }

export const CoursePerson = Type.Object({ userId: Id, ...known, role: CourseRole })
export type CoursePerson = Static<typeof CoursePerson>
export const Student = Type.Object({ userId: Id, ...known, enrolledAt: Type.String() })
export type Student = Static<typeof Student>

/** Besides the owner. */
export const MAX_COURSE_PEOPLE = 50

export const peopleApi = {
  listPeople: endpoint({
    method: 'GET',
    url: '/api/v1/course/:courseId/people',
    summary: 'Who works on a course, its owner first',
    config: { access: 'instructor', rate: 'read' },
    schema: { params: CourseRef, response: { 200: Type.Array(CoursePerson) } },
  }),
  /** Editors and assistants need an instructor’s account (409 NOT_AN_INSTRUCTOR); anybody can be a viewer. */
  putPerson: endpoint({
    method: 'PUT',
    url: '/api/v1/course/:courseId/people',
    summary: 'Let somebody work on a course, or change what they do in it',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      params: CourseRef,
      body: Strict({ ...somebody, role: OneOf(['editor', 'assistant', 'viewer']) }),
      response: { 200: CoursePerson },
    },
  }),
  removePerson: endpoint({
    method: 'DELETE',
    url: '/api/v1/course/:courseId/people/:userId',
    summary: 'Let somebody no longer work on a course',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: UserInCourseRef, response: { 200: Message } },
  }),
}
