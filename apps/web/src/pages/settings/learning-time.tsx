import { ButtonLink } from '../../components/button.tsx'
import { Panel } from '../../components/panel.tsx'

/** The way to what one can show of the own learning. */
export const LearningTime = () => (
  <Panel
    title="Learning time"
    lead="Your hours by week and by course, as a signed report for an employer or a school. They can check that nobody has changed it."
  >
    <div className="flex flex-wrap gap-2">
      <ButtonLink to="/learning-time" look="secondary">
        See my learning time
      </ButtonLink>
      <ButtonLink to="/verify" look="ghost">
        Check a report
      </ButtonLink>
    </div>
  </Panel>
)
