import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultCompletion, type CompletionRule } from '@aetherlearn/contracts/course/completion'
import fc from 'fast-check'
import { diffOf, nothing, sideOf, type Changes, type Side } from './diff.ts'

const details = {
  title: 'Algebra',
  subtitle: '',
  description: '',
  category: 'Mathematics',
  level: 'all' as const,
  language: 'en',
  price: 0,
  currency: 'EUR',
}
const lecture = (_id: string, title = _id, video = `v${_id}`) => ({ _id, title, video })
const section = (_id: string, lectures: ReturnType<typeof lecture>[], title = _id) => ({
  _id,
  title,
  lectures,
})
const side = (...sections: ReturnType<typeof section>[]): Side => ({ details, sections })
const empty: Changes = { details: [], added: [], removed: [], renamed: [], moved: [], replaced: [] }
const [a, b, c] = [lecture('a'), lecture('b'), lecture('c')]

test('what is the same on both sides does not show', () => {
  assert.deepEqual(diffOf(side(section('1', [a, b])), side(section('1', [a, b]))), empty)
})

test('before the first publish everything is added', () => {
  const { added, ...others } = diffOf(nothing, side(section('1', [a])))
  assert.deepEqual(added, [
    { kind: 'section', _id: '1', title: '1' },
    { kind: 'lecture', _id: 'a', title: 'a' },
  ])
  assert.deepEqual({ ...others, added: [] }, empty)
})

test('details show with both values, a picture that came or went too', () => {
  const picture = { details: { ...details, title: 'Sets', price: 100, thumbnailUrl: '/x' }, sections: [] }
  assert.deepEqual(diffOf({ details, sections: [] }, picture).details, [
    { field: 'title', from: 'Algebra', to: 'Sets' },
    { field: 'price', from: 0, to: 100 },
    { field: 'thumbnailUrl', from: null, to: '/x' },
  ])
})

test('when lectures are completed shows in words, and saying the default is no change', () => {
  const changed = (completion: CompletionRule | undefined) =>
    diffOf(side(), { details: { ...details, ...(completion && { completion }) }, sections: [] }).details
  assert.deepEqual(changed(defaultCompletion), [])
  assert.deepEqual(changed({ by: 'watching', watchedShare: 0.29 }), [
    { field: 'completion', from: 'by hand or by watching 90 %', to: 'by watching 29 %' },
  ])
  assert.deepEqual(changed({ by: 'hand', watchedShare: 0.9 })[0]?.to, 'by hand')
  const more = { watchedShare: 0.9, endSlackSeconds: 30, passingScore: 0.75 }
  assert.equal(
    changed({ by: 'passing', ...more })[0]?.to,
    'by passing with 75 %, or by watching 90 % without 30 s of credits',
  )
})

test('a new title is a renaming, another video a replacement, neither a new lecture', () => {
  const found = diffOf(
    side(section('1', [a, b])),
    side(section('1', [lecture('a', 'A'), lecture('b', 'b', 'w')], 'One')),
  )
  assert.deepEqual(found, {
    ...empty,
    renamed: [
      { kind: 'section', _id: '1', from: '1', to: 'One' },
      { kind: 'lecture', _id: 'a', from: 'a', to: 'A' },
    ],
    replaced: [{ kind: 'lecture', _id: 'b', title: 'b' }],
  })
})

test('one lecture dragged over others is one move', () => {
  const { moved } = diffOf(side(section('1', [a, b, c])), side(section('1', [c, a, b])))
  assert.deepEqual(moved, [
    {
      kind: 'lecture',
      _id: 'c',
      title: 'c',
      from: { sectionId: '1', index: 2 },
      to: { sectionId: '1', index: 0 },
    },
  ])
})

test('a lecture in another section has moved; a section that goes takes its own lectures with it', () => {
  const before = side(section('1', [a]), section('2', [b, c]))
  const found = diffOf(before, side(section('1', [b, a])))
  assert.deepEqual(
    found.moved.map(({ _id, from, to }) => [_id, from, to]),
    [['b', { sectionId: '2', index: 0 }, { sectionId: '1', index: 0 }]],
  )
  assert.deepEqual(
    found.removed.map(({ _id }) => _id),
    ['2', 'c'],
  )
})

test('a snapshot that does not say its videos replaces none', () => {
  const course = {
    _id: 'x',
    ...details,
    creator: 'y',
    version: 1,
    publishedAt: '',
    totalLectures: 1,
    durationSeconds: 1,
    sections: [
      { _id: '1', sectionTitle: '1', lectures: [{ _id: 'a', lectureTitle: 'a', durationSeconds: 1 }] },
    ],
  }
  assert.deepEqual(diffOf(sideOf({ course }), side(section('1', [a]))), empty)
})

/** Any two curricula over the same few ids, so that most parts are on both sides. */
const curriculum = fc
  .tuple(
    fc.shuffledSubarray(['1', '2', '3', '4'], { minLength: 1 }),
    fc.shuffledSubarray([...'abcdefgh']),
    fc.array(fc.nat({ max: 3 }), { minLength: 8, maxLength: 8 }),
    fc.array(fc.constantFrom('x', 'y'), { minLength: 12, maxLength: 12 }),
  )
  .map(([sections, lectures, places, titles]) =>
    side(
      ...sections.map((id, s) =>
        section(
          id,
          lectures
            .filter((_, n) => (places[n] ?? 0) % sections.length === s)
            .map((name, n) => lecture(name, titles[n], titles[n + 4])),
          titles[s],
        ),
      ),
    ),
  )
const ids = (side: Side) => ({
  section: side.sections.map(({ _id }) => _id),
  ...Object.fromEntries(side.sections.map(({ _id, lectures }) => [_id, lectures.map((one) => one._id)])),
})

/** The lists of the second side, built from the first by nothing but the diff. */
function applied(from: Side, { added, removed, moved }: Changes, to: Side) {
  const lists: Record<string, string[]> = ids(from)
  const gone = new Set([...removed, ...moved].map(({ _id }) => _id))
  const placed = new Map(moved.map(({ _id, to: place }) => [_id, place]))
  const fresh = new Set(added.map(({ _id }) => _id))
  return Object.fromEntries(
    Object.entries(ids(to)).map(([list, wanted]) => {
      const rest = (lists[list] ?? []).filter((id) => !gone.has(id))
      const next = wanted.map((id, index) => {
        if (fresh.has(id)) return id
        const place = placed.get(id)
        if (place === undefined) return rest.shift()
        return place.index === index && (place.sectionId ?? 'section') === list ? id : undefined
      })
      return [list, [...next, ...rest]]
    }),
  )
}

test('the parts that did not move, with those that did at their places, are the new order', () => {
  fc.assert(
    fc.property(curriculum, curriculum, (from, to) => {
      assert.deepEqual(applied(from, diffOf(from, to), to), ids(to))
    }),
    { numRuns: 500 },
  )
})

test('the way back has the same parts, the other way round', () => {
  fc.assert(
    fc.property(curriculum, curriculum, (from, to) => {
      const [there, back] = [diffOf(from, to), diffOf(to, from)]
      const keys = (parts: { _id: string }[]) => parts.map(({ _id }) => _id).sort()
      assert.deepEqual(keys(there.added), keys(back.removed))
      assert.deepEqual(keys(there.renamed), keys(back.renamed))
      assert.deepEqual(keys(there.replaced), keys(back.replaced))
      assert.equal(there.moved.length, back.moved.length)
      assert.deepEqual(diffOf(from, from), empty)
    }),
    { numRuns: 500 },
  )
})

test('no fewer moves would do', () => {
  const letters = [...'abcdef']
  fc.assert(
    fc.property(fc.shuffledSubarray(letters, { minLength: 6 }), (order) => {
      const one = (names: string[]) =>
        side(
          section(
            '1',
            names.map((name) => lecture(name)),
          ),
        )
      const { moved } = diffOf(one(letters), one(order))
      // By trying every subset: the longest that keeps its order.
      let longest = 0
      for (let set = 0; set < 64; set += 1) {
        const kept = order.filter((name) => set & (1 << letters.indexOf(name)))
        if (kept.join() === kept.toSorted().join()) longest = Math.max(longest, kept.length)
      }
      assert.equal(moved.length, letters.length - longest)
    }),
    { numRuns: 200 },
  )
})
