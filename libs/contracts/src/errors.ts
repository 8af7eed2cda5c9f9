import { Type, type Static } from 'typebox'

/** Every error a client can meet: code → status and the sentence it is shown. Codes are stable; sentences may improve. */
export const errors = {
  INVALID_INPUT: [400, 'Some of what was sent is not valid'],
  UNAUTHENTICATED: [401, 'Sign in to do this'],
  WRONG_CREDENTIALS: [401, 'The email address or the password is wrong'],
  REFRESH_TOKEN_INVALID: [401, 'This session has ended; sign in again'],
  FORBIDDEN: [403, 'You are not allowed to do this'],
  WRONG_PASSWORD: [403, 'The password is wrong'],
  NOT_ENROLLED: [403, 'You are not enrolled in this course'],
  STATEMENT_REFUSED: [403, 'This session may not record that'],
  LINK_INVALID: [403, 'This link is not valid or has expired'],
  ROUTE_NOT_FOUND: [404, 'There is nothing at this address'],
  USER_NOT_FOUND: [404, 'There is no such user'],
  COURSE_NOT_FOUND: [404, 'There is no such course'],
  SECTION_NOT_FOUND: [404, 'There is no such section'],
  VERSION_NOT_FOUND: [404, 'There is no such version of this course'],
  LECTURE_NOT_FOUND: [404, 'There is no such lecture'],
  UPLOAD_NOT_FOUND: [404, 'There is no such upload'],
  MEDIA_NOT_FOUND: [404, 'There is no such file'],
  CAPTIONS_NOT_FOUND: [404, 'There are no captions in this language'],
  ITEM_NOT_FOUND: [404, 'There is no such item in this package'],
  STATEMENT_NOT_FOUND: [404, 'There is no such statement'],
  DOCUMENT_NOT_FOUND: [404, 'There is no such document'],
  NOTE_NOT_FOUND: [404, 'There is no such note'],
  WEBHOOK_NOT_FOUND: [404, 'There is no such webhook'],
  DELIVERY_NOT_FOUND: [404, 'There is no such delivery'],
  MESSAGE_NOT_FOUND: [404, 'There is no such message'],
  TOO_SLOW: [408, 'What was sent took too long to arrive'],
  EMAIL_TAKEN: [409, 'There is an account with this email address already'],
  STALE_EDIT: [409, 'Somebody else has changed this in the meantime'],
  COURSE_FULL: [409, 'Every seat of this course is taken'],
  COURSE_NOT_OPEN: [409, 'This course takes no students at the moment'],
  NOT_AN_INSTRUCTOR: [409, 'This needs an instructor’s account'],
  NOT_A_STUDENT: [409, 'Only a student’s account can be deleted'],
  TOO_MANY_PEOPLE: [409, 'As many people as possible work on this course already'],
  NOT_AT_RISK: [409, 'This student meets no rule of those at risk any more'],
  NUDGE_NOT_WANTED: [409, 'This student does not want messages of this kind'],
  NUDGED_LATELY: [409, 'Somebody has written to this student in the last seven days'],
  TOO_MANY_WEBHOOKS: [409, 'This course has as many webhooks as there can be'],
  TOO_MANY_NOTES: [409, 'You have as many notes in this course as there can be'],
  STATUS_REFUSED: [409, 'A course in this state cannot be changed like this'],
  REVIEW_REQUIRED: [409, 'This course has to be reviewed before it is published'],
  COURSE_NOT_PUBLISHABLE: [409, 'This course cannot be published yet'],
  LECTURE_NOT_READY: [409, 'This lecture has no video to play yet'],
  NOT_WATCHED_ENOUGH: [409, 'This lecture is completed by watching more of it'],
  RESULT_NEEDED: [409, 'This lecture is completed by what is done in it'],
  PACKAGE_SESSION_OVER: [409, 'This was opened again in the meantime, in another tab or on another device'],
  NO_PACKAGE: [409, 'This lecture has no package to open'],
  PACKAGES_NOT_SET_UP: [409, 'Packages cannot be opened here: they need a host of their own'],
  STATEMENT_CONFLICT: [409, 'There is another statement with this id'],
  DOCUMENT_EXISTS: [409, 'There is such a document already: say which one is replaced'],
  UPLOAD_INCOMPLETE: [409, 'Parts of this upload are missing'],
  UPLOAD_NOT_OPEN: [409, 'This upload takes no more data'],
  DIRECT_NOT_AVAILABLE: [409, 'Parts of this upload cannot go straight to the store'],
  CHUNK_CONFLICT: [409, 'Another chunk was stored at this index already'],
  CAPTIONS_UNREADABLE: [400, 'This file of captions cannot be read'],
  PACKAGE_UNREADABLE: [400, 'This package cannot be used'],
  CHECKSUM_MISMATCH: [400, 'The data does not match its checksum'],
  /** With the true offset in the Upload-Offset header. */
  OFFSET_CONFLICT: [409, 'This upload goes on at another byte'],
  PRECONDITION_FAILED: [412, 'What is there is not what was expected'],
  TUS_VERSION: [412, 'Only version 1.0.0 of the tus protocol is spoken here'],
  TOO_LARGE: [413, 'What was sent is too large'],
  UNSUPPORTED_MEDIA: [415, 'This kind of file or content is not accepted'],
  RANGE_NOT_SATISFIABLE: [416, 'This range lies outside the file'],
  QUOTA_EXCEEDED: [429, 'The room or the number of uploads that you have is used up'],
  ZONE_CHANGED_TOO_OFTEN: [429, 'The time zone was changed too often; try again in some days'],
  LATE_REPORTS_FULL: [429, 'We keep no more late reports of you for now; try again in some days'],
  RATE_LIMITED: [429, 'Too many requests; try again in a moment'],
  /** The status is that of the tus checksum extension. */
  TUS_CHECKSUM_MISMATCH: [460, 'The bytes do not match their checksum'],
  INTERNAL: [500, 'Something went wrong on our side'],
  UNAVAILABLE: [503, 'The service is not available right now; try again in a moment'],
  STORAGE_FULL: [507, 'There is no room to store this right now'],
} as const satisfies Record<string, readonly [status: number, title: string]>
export type ErrorCode = keyof typeof errors

export const FieldError = Type.Object({
  /** Where the fault lies, as a dotted path into the part of the request: `body.title`. */
  field: Type.String(),
  message: Type.String(),
})
export type FieldError = Static<typeof FieldError>

/** An RFC 9457 problem document, with our stable `code`. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.Optional(Type.String()),
  requestId: Type.String(),
  errors: Type.Optional(Type.Array(FieldError)),
  /** With STALE_EDIT: the revision to read before trying again. */
  currentRevision: Type.Optional(Type.Integer()),
})
export type Problem = Static<typeof Problem>
