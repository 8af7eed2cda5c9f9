import { Type, type Static } from 'typebox'
import { OneOf, Strict, Text, endpoint } from '../shape.ts'
import { CourseRef, PublishedCourse, levels } from './shapes.ts'

/** What a list needs of a course: all but its description and outline. */
export const CourseCard = Type.Omit(PublishedCourse, ['description', 'sections'])
export type CourseCard = Static<typeof CourseCard>

/** In the smallest unit of the course's currency. */
const Price = Type.Integer({ minimum: 0, maximum: 1_000_000_000 })
const filters = {
  /** As the courses spell it; case and accents do not matter. */
  category: Type.Optional(Text(80)),
  level: Type.Optional(OneOf(levels)),
  /** `pt` also finds `pt-BR`. */
  language: Type.Optional(Type.String({ pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$', maxLength: 35 })),
  minPrice: Type.Optional(Price),
  maxPrice: Type.Optional(Price),
}
export const CatalogueFilters = Type.Object(filters)
export type CatalogueFilters = Static<typeof CatalogueFilters>

export const orders = ['relevance', 'newest', '-newest', 'title', '-title', 'price', '-price'] as const
export type Order = (typeof orders)[number]

/** How many of the courses found have each value, the most frequent first. */
const Facet = Type.Array(Type.Object({ value: Type.String(), count: Type.Integer() }))

export const catalogueApi = {
  listPublished: endpoint({
    method: 'GET',
    url: '/api/v1/course/getpublished',
    summary: 'The catalogue: live courses with their outlines, newest first, at most `limit`',
    config: { access: 'public', rate: 'read' },
    schema: {
      querystring: Strict({ ...filters, limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }) }),
      response: { 200: Type.Array(PublishedCourse) },
    },
  }),
  getPublished: endpoint({
    method: 'GET',
    url: '/api/v1/course/published/:courseId',
    summary: 'The page of a live course, and of an unlisted one for whoever has its address',
    config: { access: 'public', rate: 'read' },
    schema: { params: CourseRef, response: { 200: PublishedCourse } },
  }),
  searchCourses: endpoint({
    method: 'GET',
    url: '/api/v1/course/search',
    summary:
      'Live courses by words, filters and order, a page at a time; small mistakes in the words are forgiven',
    config: { access: 'public', rate: 'read' },
    schema: {
      querystring: Strict({
        q: Type.Optional(Text(200)),
        ...filters,
        /** Without it: `relevance` where there are words, else `newest`. */
        sort: Type.Optional(OneOf(orders)),
        limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
        /** `nextCursor` of the page before, with the same words, filters and order. */
        cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 600 })),
      }),
      response: {
        200: Type.Object({
          courses: Type.Array(CourseCard),
          /** Absent on the last page. */
          nextCursor: Type.Optional(Type.String()),
          total: Type.Integer(),
          facets: Type.Object({ category: Facet, level: Facet, language: Facet }),
        }),
      },
    },
  }),
}
