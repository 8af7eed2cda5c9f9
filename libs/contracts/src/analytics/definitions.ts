import { FEWEST_STUDENTS } from './shapes.ts'

/** What each number of the dashboard means, in the words that API and page show beside it. */
export const definitions = {
  totalViews: 'Times the course’s landing page was opened by signed-in people who do not work on the course.',
  views:
    'Playbacks: once per player session (within 24 hours), or once per student, lecture and 30 minutes where the player names no session.',
  uniqueActiveUsers:
    'Students with any watch time, counted by HyperLogLog: the standard error is 0.81 %. Those who do not want to be known count once for each day on which they come.',
  uniqueStudents: 'Students with any watch time in the lecture, or on the day; the standard error is 0.81 %.',
  totalWatchTimeSeconds:
    'Seconds that players reported, as far as they really passed on the clock: two tabs of one student count once.',
  averageWatchTimeSeconds: 'Total watch time divided by active students.',
  dropOffPercent:
    'Share of the students of the previous lecture who did not come to this one; 0 for the first, and where more came.',
  mostWatchedLecture: 'The lecture with the most watch time.',
  leastWatchedLecture: 'The lecture with the least watch time.',
  uniqueMinutes:
    'Minutes of the lecture that were watched, each second once for each playback: what is watched again in it adds nothing.',
  timesThrough:
    'Unique minutes divided by the length that the lecture has now: 10 is as much as ten playbacks of all of it.',
  ownTraffic: 'Views and watch time of those who work on the course; in none of the other numbers.',
  botReports:
    'Reports of programs that say in their user agent that they are one; in none of the other numbers.',
  replayedSeconds:
    'Seconds that were reported although no time had passed for them; in none of the other numbers.',
  day: 'Days are those of UTC.',
  watched: 'Playbacks that watched this stretch, as the average over its seconds.',
  rewatched: 'Times this stretch was watched again within one playback, as the average over its seconds.',
  skipped:
    'Playbacks that went on to something later without having watched this stretch, as the average over its seconds.',
  left: 'Playbacks that came no further than this stretch.',
  heat: 'How often the stretch was played, from 0 to 100, where 100 is the most played one of the lecture.',
  hotspot:
    'A stretch of ten seconds that is played again, skipped or left at least twice as often as is typical for the lecture.',
  difficulty:
    'From 0, easy, to 100: half of it for not completing the lecture, a quarter each for watching again and for leaving early.',
  completedPercent: 'Share of the lecture’s students who completed it.',
  rewatchedPercent: 'Share of what was played that was played again within one playback.',
  leftEarlyPercent: 'Share of the playbacks that did not come to the last tenth of the lecture.',
  easiness: 'Mean score of each student’s first answer, from 0 to 1: the lower, the harder.',
  discrimination:
    'Whether those who answer this question well answer the others well, from -1 to 1; below 0.2 it does not tell who knows the matter.',
  versionWatched:
    'Share of the lecture that a student watched, in all playbacks together; the mean over the students.',
  versionCompleted: 'Share of the students who have completed the lecture.',
  versionLeftEarly: 'Share of the students who never came to its last tenth.',
  versionRewatched:
    'Share of what a student played that they had played before in the same playback; the mean over the students.',
  version:
    'A playback is of the video that students saw when it began, from the moment on at which its publication was heard of.',
  cohort:
    'Students by the month of UTC in which they first enrolled; those who have left since are still counted, those who do not want to be known are not.',
  active: 'Has watched or completed something.',
  retention:
    'Share of a cohort that was active in the n-th week after enrolling; each student’s weeks begin on the day on which they enrolled.',
  progress: 'Completed lectures, of those that the course has now.',
  atRisk:
    'Enrolled, has not completed the course, and meets at least one of the rules that stand beside the list.',
  hidden: `Numbers about fewer than ${FEWEST_STUDENTS} students are not shown.`,
} as const satisfies Record<string, string>
