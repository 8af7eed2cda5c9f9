import { levels, type CourseOutline } from '@aetherlearn/contracts/course/shapes'
import type { FormEvent } from 'react'
import { courses } from '../../api/clients.ts'
import { Button } from '../../components/button.tsx'
import { Field, Select, TextArea } from '../../components/field.tsx'
import { fieldError, textOf } from '../../components/form.ts'
import { languageOptions, levelNames, minorUnits } from '../../components/course-words.ts'
import { Icon } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import { CompletionFields, completionOf } from './completion-fields.tsx'
import { Thumbnail } from './thumbnail.tsx'
import { useEdit } from './use-edit.ts'

/** What a course says of itself. */
export function Details({ course }: { course: CourseOutline }) {
  const save = useEdit(course._id, (form: FormData) =>
    courses.changeCourse({ params: { courseId: course._id }, body: detailsOf(form, course.revision) }),
  )
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    save.mutate(new FormData(event.currentTarget))
  }
  return (
    <div className="space-y-6">
      <Thumbnail course={course} />
      {/* With each revision its fields are filled anew, while what came of saving stays told. */}
      <form key={course.revision} onSubmit={onSubmit} className="card space-y-5 p-6">
        <Texts course={course} error={save.error} />
        <Kind course={course} error={save.error} />
        <Price course={course} error={save.error} />
        <CompletionFields completion={course.completion} error={save.error} />
        {save.error && <Problem error={save.error} />}
        <div className="flex items-center gap-3">
          <Button type="submit" busy={save.isPending}>
            Save details
          </Button>
          {save.isSuccess && (
            <span role="status" className="flex items-center gap-1.5 text-sm text-good">
              <Icon name="check" className="size-4" /> Saved
            </span>
          )}
        </div>
      </form>
    </div>
  )
}

type Part = { course: CourseOutline; error: Error | null }

const Texts = ({ course, error }: Part) => (
  <>
    <Field
      label="Title"
      name="title"
      defaultValue={course.title}
      maxLength={200}
      required
      error={fieldError(error, 'title')}
    />
    <Field
      label="Subtitle"
      name="subtitle"
      defaultValue={course.subtitle}
      maxLength={300}
      error={fieldError(error, 'subtitle')}
    />
    <TextArea
      label="Description"
      name="description"
      rows={8}
      defaultValue={course.description}
      maxLength={10_000}
      error={fieldError(error, 'description')}
    />
  </>
)

const Kind = ({ course, error }: Part) => (
  <div className="grid gap-5 sm:grid-cols-3">
    <Field
      label="Category"
      name="category"
      defaultValue={course.category}
      maxLength={80}
      required
      error={fieldError(error, 'category')}
    />
    <Select
      label="Level"
      name="level"
      defaultValue={course.level}
      options={levels.map((level) => [level, levelNames[level]] as const)}
    />
    <Select
      label="Language"
      name="language"
      defaultValue={course.language}
      options={languageOptions(course.language)}
      error={fieldError(error, 'language')}
    />
  </div>
)

const Price = ({ course, error }: Part) => (
  <div className="grid gap-5 sm:grid-cols-3">
    <Field
      label="Price"
      name="price"
      inputMode="decimal"
      pattern="\d+([.,]\d+)?"
      hint="0 is free."
      defaultValue={course.price / minorUnits(course.currency)}
      error={fieldError(error, 'price')}
    />
    <Field
      label="Currency"
      name="currency"
      pattern="[A-Z]{3}"
      maxLength={3}
      defaultValue={course.currency}
      hint="Three letters, such as EUR."
      error={fieldError(error, 'currency')}
    />
    <Field
      label="Seats (optional)"
      name="seatLimit"
      type="number"
      min={1}
      defaultValue={course.seatLimit}
      hint="Students at most."
      error={fieldError(error, 'seatLimit')}
    />
  </div>
)

function detailsOf(form: FormData, revision: number) {
  const currency = textOf(form, 'currency')
  const price = Number(textOf(form, 'price').replace(',', '.')) * minorUnits(currency)
  const seats = textOf(form, 'seatLimit')
  const level = textOf(form, 'level')
  return {
    title: textOf(form, 'title'),
    subtitle: textOf(form, 'subtitle'),
    description: textOf(form, 'description'),
    category: textOf(form, 'category'),
    level: levels.find((known) => known === level) ?? 'all',
    language: textOf(form, 'language'),
    price: Math.round(price),
    currency,
    seatLimit: seats === '' ? null : Number(seats),
    completion: completionOf(form),
    revision,
  }
}
