import type { LecturePackage, PackageItem } from '@aetherlearn/contracts/course/packages'

const item = (itemId: string, more: Partial<PackageItem> = {}): PackageItem => ({
  itemId,
  title: itemId,
  launch: `${itemId}.html`,
  reports: true,
  ...more,
})

/** For tests: an introduction, a test that is passed by 80 %, and a page that says nothing. */
export const aPackage = (more: Partial<LecturePackage> = {}): LecturePackage => ({
  packageId: '5f0000000000000000000001',
  standard: 'scorm-2004',
  title: 'Sets',
  items: [item('intro'), item('test', { masteryScore: 0.8 }), item('sources', { reports: false })],
  ...more,
})
