import { CONTENT_ORIGIN_HEADER, PUBLIC_ORIGIN_HEADER } from '@aetherlearn/contracts/course/package-routes'
import { zipOf, zipHeaders } from '../transfer/archives.fixture.ts'
import type { Person } from '../fixture.ts'

type Files = Record<string, Uint8Array | string>

/** As the gateway tells them. */
export const origins = { at: 'https://content.test', by: 'https://learn.test' }
export const originHeaders = {
  [CONTENT_ORIGIN_HEADER]: origins.at,
  [PUBLIC_ORIGIN_HEADER]: origins.by,
}

const page = (text: string) => `<!doctype html><meta charset="utf-8"><title>${text}</title>`

/** Two lessons of which the first is a SCO with a mastery score, and an asset. */
export const scorm12 = `<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="M" version="1.0" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="O2">
    <organization identifier="O1"><title>Another</title></organization>
    <organization identifier="O2"><title>Fire &amp; safety</title>
      <item identifier="I1"><title>Part</title>
        <item identifier="I1a" identifierref="R1" parameters="?level=2"><title>Lesson  one</title>
          <adlcp:masteryscore>80</adlcp:masteryscore><adlcp:datafromlms>hello</adlcp:datafromlms></item>
      </item>
      <item identifier="I2" identifierref="R2"><title>Handout</title></item>
      <item identifier="I3" identifierref="R1" isvisible="false"><title>Hidden</title></item>
    </organization>
  </organizations>
  <resources xml:base="content/">
    <resource identifier="R1" type="webcontent" adlcp:scormtype="sco" href="lesson%20one/index.html?a=1#top"/>
    <resource identifier="R2" type="webcontent" adlcp:scormtype="asset" href="Handout.PDF"/>
  </resources>
</manifest>`

export const scorm12Files = (more: Files = {}): Files => ({
  'imsmanifest.xml': scorm12,
  'content/lesson one/index.html': page('Lesson one'),
  'content/handout.pdf': '%PDF-1.4',
  'content/film.mp4': Buffer.alloc(100_000, 'film'),
  ...more,
})

export const scorm2004 = `<?xml version="1.0"?>
<manifest identifier="M" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"
  xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
  <metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
  <organizations default="O"><organization identifier="O"><title>Optics</title>
    <item identifier="I" identifierref="R"><title>Light</title><imsss:sequencing><imsss:objectives>
      <imsss:primaryObjective satisfiedByMeasure="true"><imsss:minNormalizedMeasure>0.6</imsss:minNormalizedMeasure>
      </imsss:primaryObjective></imsss:objectives></imsss:sequencing></item>
  </organization></organizations>
  <resources><resource identifier="R" type="webcontent" adlcp:scormType="sco" href="index.html"/></resources>
</manifest>`

export const cmi5 = `<?xml version="1.0" encoding="utf-8"?>
<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
  <course id="https://school.test/course"><title><langstring lang="de">Physik</langstring>
    <langstring lang="en-US">Physics</langstring></title></course>
  <block id="https://school.test/block"><title><langstring>Block</langstring></title>
    <au id="https://school.test/au/1" moveOn="CompletedAndPassed" masteryScore="0.75">
      <title><langstring>One</langstring></title><url>one.html?x=1</url><launchParameters>{"a":1}</launchParameters></au>
  </block>
  <au id="https://school.test/au/2"><title><langstring>Two</langstring></title><url>https://else.test/two</url></au>
</courseStructure>`

export const scorm12Zip = (more?: Files) => zipOf(scorm12Files(more))
export const cmi5Zip = () => zipOf({ 'cmi5.xml': cmi5, 'one.html': page('One') })

export const putPackage = ({ courses }: Person, lectureId: string, zip: Uint8Array) =>
  courses.putPackage({ params: { lectureId }, raw: new Uint8Array(zip), headers: zipHeaders })
export const openPackage = ({ courses }: Person, lectureId: string) =>
  courses.getPackage({ params: { lectureId }, headers: originHeaders })
