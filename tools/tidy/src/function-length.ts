import type { Rule } from 'eslint'
import type { Node } from 'estree'

type Lines = { from: number; to: number }

const linesOf = ({ loc }: Node): Lines => ({ from: loc?.start.line ?? 0, to: loc?.end.line ?? 0 })

/** Lines on which code stands: not the blank ones, not those with a comment alone. */
function codeLines({ lines, ast }: Rule.RuleContext['sourceCode']): Set<number> {
  const tokens = (ast.tokens ?? []).flatMap(({ loc }) => [loc.start.line, loc.end.line])
  const filled = new Set(tokens)
  // Text of several lines is one token: count what lies between its ends too.
  for (const { loc } of ast.tokens ?? [])
    for (let line = loc.start.line; line < loc.end.line; line += 1) filled.add(line)
  return new Set([...filled].filter((line) => lines[line - 1]?.trim() !== ''))
}

/**
 * At most `max` lines in a function, leaving out the functions inside it, which are counted by themselves: a factory
 * that returns ten short functions is a table of contents, not a long function.
 */
export const functionLength: Rule.RuleModule = {
  meta: {
    type: 'suggestion',
    schema: [{ type: 'integer', minimum: 1 }],
    messages: { tooLong: 'This function has {{count}} lines of its own, at most {{max}}.' },
  },
  create(context) {
    const [max] = context.options as [number]
    const functions: Node[] = []
    const note = (node: Node) => functions.push(node)
    const judge = () => {
      const code = codeLines(context.sourceCode)
      for (const node of functions) {
        const count = ownLines(node, functions, code)
        if (count > max)
          context.report({ node, messageId: 'tooLong', data: { count: String(count), max: String(max) } })
      }
    }
    return {
      FunctionDeclaration: note,
      FunctionExpression: note,
      ArrowFunctionExpression: note,
      'Program:exit': judge,
    }
  },
}

function ownLines(node: Node, functions: Node[], code: Set<number>): number {
  const { from, to } = linesOf(node)
  const inner = functions
    .map(linesOf)
    .filter((other) => other.from >= from && other.to <= to && other.to - other.from < to - from)
  let count = 0
  for (let line = from; line <= to; line += 1) {
    // The line on which an inner function begins belongs to the outer one as well.
    const isInner = inner.some((other) => line > other.from && line <= other.to)
    if (code.has(line) && !isInner) count += 1
  }
  return count
}
