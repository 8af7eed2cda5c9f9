import { Type } from 'typebox'
import { Id, Strict, Text, endpoint } from '../shape.ts'
import { Course, CourseOutline, CourseRef, Lecture, LectureRef, PublishedCourse, Section } from './shapes.ts'

export const authoringApi = {
  createCourse: endpoint({
    method: 'POST',
    url: '/api/v1/course/create',
    summary: 'Create a draft course',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      body: Strict({
        title: Text(200),
        category: Text(80),
        subtitle: Type.Optional(Type.String({ maxLength: 300 })),
      }),
      response: { 201: Course },
    },
  }),
  addSection: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/section',
    summary: 'Append a section to a course',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: CourseRef, body: Strict({ sectionTitle: Text(200) }), response: { 201: Section } },
  }),
  addLecture: endpoint({
    method: 'POST',
    url: '/api/v1/course/:sectionId/lecture',
    summary: 'Append a lecture to a section',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      params: Strict({ sectionId: Id }),
      body: Strict({ lectureTitle: Text(200) }),
      response: { 201: Lecture },
    },
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
