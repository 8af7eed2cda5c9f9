import { useMutation, useQueryClient } from '@tanstack/react-query'
import { launches, openItem, type OpenableItem } from '../../api/packages.ts'
import { CONSOLE_PARAMETER, LEFT_PARAMETER, type Open } from '../../package-player/messages.ts'
import type { OpenablePackage } from '@aetherlearn/contracts/course/package-routes'
import { useUser } from '../../session/session.ts'

type Place = { courseId: string; lectureId: string }
/** An item that is open: what its frame shows, and for SCORM what it is told and in whose name it keeps something. */
export type Opened = { item: OpenableItem; src: string; origin: string; scorm?: Scorm }
type Scorm = { open: Open; sessionId?: string }

const withQuery = (url: string, query: string) => `${url}${url.includes('?') ? '&' : '?'}${query}`
/** What is looked at in a draft is not kept. */
const NOTHING_KEPT: Open['state'] = { entry: 'ab-initio', cmi: {}, totalSeconds: 0 }

/** Opens items of a lecture's package, one at a time. */
export function usePackage(place: Place, found: OpenablePackage, preview: boolean) {
  const user = useUser()
  const queryClient = useQueryClient()
  const consoleQuery = new URLSearchParams({ [CONSOLE_PARAMETER]: location.origin })
  const player = withQuery(found.playerUrl, consoleQuery.toString())
  const { origin } = new URL(found.playerUrl)

  async function openScorm(item: OpenableItem, standard: Open['standard']): Promise<Opened> {
    const learner = { id: user?.id ?? '', name: user?.fullName ?? '' }
    const opened = preview ? undefined : await openItem(learner.id, place, item.itemId)
    const open: Open = {
      kind: 'open',
      standard,
      url: item.url,
      title: item.title,
      state: opened?.state ?? NOTHING_KEPT,
      learner,
      sequence: 0,
      ...(opened && { leaving: { sessionId: opened.sessionId, ticket: opened.ticket } }),
      ...(item.launchData !== undefined && { launchData: item.launchData }),
      ...(item.masteryScore !== undefined && { masteryScore: item.masteryScore }),
    }
    return { item, src: player, origin, scorm: { open, ...(opened && { sessionId: opened.sessionId }) } }
  }

  async function openUnit(item: OpenableItem): Promise<Opened> {
    const returnUrl = withQuery(player, `${LEFT_PARAMETER}=1`)
    const body = { itemId: item.itemId, contentOrigin: origin, returnUrl }
    const { launchQuery } = await launches.launchItem({ params: place, body })
    return { item, src: withQuery(item.url, launchQuery), origin }
  }

  return useMutation({
    mutationFn: (item: OpenableItem) =>
      found.standard === 'cmi5' ? openUnit(item) : openScorm(item, found.standard),
    // What says nothing is done with by being opened.
    onSuccess: ({ item }) => item.reports || queryClient.invalidateQueries({ queryKey: ['progress'] }),
  })
}
