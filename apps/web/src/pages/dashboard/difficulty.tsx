import type { LectureDifficulty, QuestionDifficulty } from '@aetherlearn/contracts/analytics/lectures'
import { decimal, number, percent } from '../../components/format.ts'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { NumberCell, RowName, Table } from './table.tsx'

type Props = { lectures: LectureDifficulty[]; questions: QuestionDifficulty[] }

const known = (value: number | null, format: (value: number) => string) =>
  value === null ? '–' : format(value)

/** Which lectures and questions are hard, and what tells so. */
export function Difficulty({ lectures, questions }: Props) {
  const titles = new Map(lectures.map(({ lectureId, lectureTitle }) => [lectureId, lectureTitle]))
  return (
    <>
      <Table
        name="Difficulty of the lectures"
        columns={['Lecture', 'Difficulty', 'Students', 'Completed', 'Watched again', 'Left early']}
        left={['Difficulty']}
        narrowest="lg"
      >
        {lectures.map((lecture) => (
          <LectureRow key={lecture.lectureId} lecture={lecture} />
        ))}
      </Table>
      {questions.length > 0 && (
        <>
          <h3 className="mt-8 mb-1 text-sm font-semibold">Questions</h3>
          <p className="mb-3 max-w-3xl text-sm text-muted">
            By each student’s first answer. Easiness is their mean score, from 0 to 1. Discrimination tells
            whether those who answer it well answer the others well too: below 0.2 it does not.
          </p>
          <Table
            name="Difficulty of the questions"
            columns={['Question', 'Students', 'Easiness', 'Discrimination']}
            narrowest="sm"
          >
            {questions.map(({ questionId, lectureId, students, easiness, discrimination }, index) => (
              <tr key={questionId}>
                <RowName>{`${index + 1}, in ${titles.get(lectureId) ?? 'a lecture that is gone'}`}</RowName>
                <NumberCell>{number(students)}</NumberCell>
                <NumberCell>{known(easiness, twoDigits)}</NumberCell>
                <NumberCell
                  tone={discrimination !== null && discrimination < TELLS_NOTHING ? 'bad' : 'plain'}
                >
                  {known(discrimination, twoDigits)}
                </NumberCell>
              </tr>
            ))}
          </Table>
        </>
      )}
    </>
  )
}

/** A question with a lower discrimination does not tell who knows the matter. */
const TELLS_NOTHING = 0.2
const twoDigits = (value: number) => value.toFixed(2)

const LectureRow = ({ lecture }: { lecture: LectureDifficulty }) => (
  <tr className="align-top">
    <th scope="row" className="max-w-44 min-w-44 py-2.5 sm:max-w-none sm:min-w-60 text-left font-normal">
      <p className="font-medium">{lecture.lectureTitle}</p>
      {lecture.reasons.map((reason) => (
        <p key={reason} className="mt-0.5 text-muted">
          {reason}
        </p>
      ))}
    </th>
    <td className="py-2.5 pl-4 sm:w-40 sm:min-w-32">
      {lecture.difficulty === null ? (
        <span className="text-muted">Not known yet</span>
      ) : (
        <div className="flex items-center gap-2">
          <span className="w-8 font-semibold tabular-nums">{decimal(lecture.difficulty)}</span>
          <ProgressBar
            label={`Difficulty of ${lecture.lectureTitle}`}
            percent={lecture.difficulty}
            className="hidden h-1.5 flex-1 sm:block"
          />
        </div>
      )}
    </td>
    <NumberCell>{number(lecture.uniqueStudents)}</NumberCell>
    <NumberCell>{known(lecture.completedPercent, percent)}</NumberCell>
    <NumberCell>{known(lecture.rewatchedPercent, percent)}</NumberCell>
    <NumberCell>{known(lecture.leftEarlyPercent, percent)}</NumberCell>
  </tr>
)
