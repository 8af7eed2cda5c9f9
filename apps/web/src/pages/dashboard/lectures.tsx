import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { dashboard } from '../../api/queries.ts'
import { difficulty, heat, segmentLengths, type SegmentLength } from '../../api/lecture-statistics.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { Select } from '../../components/field.tsx'
import { Loaded, Panel } from '../../components/panel.tsx'
import { Difficulty } from './difficulty.tsx'
import { Heat } from './heat.tsx'
import { Ranking } from './ranking.tsx'
import { Versions } from './versions.tsx'

/** What students watch within a lecture, and which lectures and questions are hard. */
export function Lectures({ courseId, live }: { courseId: string; live: boolean }) {
  const numbers = useQuery(dashboard(courseId, live))
  return (
    <Loaded query={numbers} what="the lectures">
      {({ engagementFunnel: lectures, ranking }) => {
        const [first] = lectures
        return first === undefined ? (
          <EmptyState icon="film" title="No lectures published yet">
            Publish the course, and this is where you see which stretches of it are watched.
          </EmptyState>
        ) : (
          <div className="space-y-8">
            <Ranking ranking={ranking} />
            <HeatOfOne courseId={courseId} lectures={lectures} firstId={first.lectureId} />
            <Versions courseId={courseId} lectures={lectures} firstId={first.lectureId} />
            <DifficultyOfAll courseId={courseId} />
          </div>
        )
      }}
    </Loaded>
  )
}

type Lecture = { lectureId: string; lectureTitle: string }
type HeatProps = { courseId: string; lectures: Lecture[]; firstId: string }

function HeatOfOne({ courseId, lectures, firstId }: HeatProps) {
  const [lectureId, setLectureId] = useState(firstId)
  const [seconds, setSeconds] = useState<SegmentLength>(10)
  const found = useQuery(heat({ courseId, lectureId, seconds }))
  const chooseLength = (chosen: string) => {
    const length = segmentLengths.find((known) => String(known) === chosen)
    if (length !== undefined) setSeconds(length)
  }
  return (
    <Panel
      title="What is watched in a lecture"
      lead="Each bar is a stretch of the video. Nobody has to press pause to be counted."
      controls={
        <>
          <Select
            label="Lecture"
            value={lectureId}
            onChange={({ target }) => setLectureId(target.value)}
            options={lectures.map((lecture) => [lecture.lectureId, lecture.lectureTitle])}
            className="max-w-64"
          />
          <Select
            label="Stretches"
            value={String(seconds)}
            onChange={({ target }) => chooseLength(target.value)}
            options={segmentLengths.map((length) => [String(length), `${length} s`])}
          />
        </>
      }
    >
      <Loaded query={found} what="the lecture">
        {(known) => <Heat heat={known} />}
      </Loaded>
    </Panel>
  )
}

function DifficultyOfAll({ courseId }: { courseId: string }) {
  const found = useQuery(difficulty(courseId))
  return (
    <Panel
      title="What is hard"
      lead="From 0 to 100: how many students do not complete a lecture, watch parts of it again, or leave it early."
    >
      <Loaded query={found} what="the difficulty">
        {({ lectures, questions }) => <Difficulty lectures={lectures} questions={questions} />}
      </Loaded>
    </Panel>
  )
}
