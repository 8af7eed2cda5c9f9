import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sniff } from './sniff.ts'

test('the container is what the bytes say', () => {
  const bytes = (text: string) => Buffer.from(text.padEnd(64, '\0'), 'latin1')
  assert.equal(sniff(bytes('\0\0\0\x20ftypisom')), 'mp4')
  assert.equal(sniff(bytes('\0\0\0\x14ftypqt  ')), 'mov')
  assert.equal(sniff(bytes('\0\0\0\x08wide')), 'mov')
  assert.equal(sniff(bytes('\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm')), 'webm')
  assert.equal(sniff(bytes('\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska')), 'matroska')
  const others = [
    '#EXTM3U\nfile:///etc/passwd',
    'ffconcat version 1.0',
    '<?xml version="1.0"?><MPD>',
    'v=0\r\no=- 0',
    '',
  ]
  for (const text of [...others, '%PDF-1.7', '\x89PNG', 'MZ', '#!/bin/sh', '<html>', 'RIFF0000AVI ', 'ID3']) {
    assert.equal(sniff(bytes(text)), undefined, text)
  }
})
