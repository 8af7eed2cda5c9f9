import { Type } from 'typebox'
import { Message, endpoint } from '../shape.ts'
import { CourseRef, Enrolment, PublishedCourse } from './shapes.ts'

export const enrolmentApi = {
  listEnrolled: endpoint({
    method: 'GET',
    url: '/api/v1/course/enrolled',
    summary: 'The courses the caller is enrolled in, latest enrolment first',
    config: { access: 'signed-in', rate: 'read' },
    schema: { response: { 200: Type.Array(PublishedCourse) } },
  }),
  enroll: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/enroll',
    summary: 'Enrol the caller; 200 when enrolled already',
    config: { access: 'signed-in', rate: 'write' },
    schema: { params: CourseRef, response: { 200: Enrolment, 201: Enrolment } },
  }),
  leave: endpoint({
    method: 'DELETE',
    url: '/api/v1/course/:courseId/enroll',
    summary: 'End the enrolment of the caller; their progress is kept',
    config: { access: 'signed-in', rate: 'write' },
    schema: { params: CourseRef, response: { 200: Message } },
  }),
}
