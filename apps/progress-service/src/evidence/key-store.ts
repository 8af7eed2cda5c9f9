import { createHash } from 'node:crypto'
import { canonicalJson } from '@aetherlearn/sdk/canonical-json'
import { createSigner, type PublicKeys, type Signer } from '@aetherlearn/sdk/evidence-signature'
import { isDuplicateKey, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { onceItWorks } from '@aetherlearn/service-kit/once-it-works'
import { Schema } from 'mongoose'

type KeyRow = {
  _id: string
  kid: string
  /** The public half, in base64url. */
  x: string
  /** PKCS #8 in base64; only of a key that we made ourselves. */
  secret?: string
}
const keySchema = new Schema<KeyRow>(
  {
    _id: String,
    kid: { type: String, required: true },
    x: { type: String, required: true },
    secret: String,
  },
  { versionKey: false, collection: 'evidenceKeys' },
)
/** One fixed id: of two instances that start at once only one insert can win. */
const MADE = 'made'
const ALGORITHM = { name: 'Ed25519' }
const publicOf = (x: string) => ({ crv: 'Ed25519', kty: 'OKP', x })

export type KeyStore = {
  /** With the key of the settings, or else with one that the first instance makes and all share. */
  signer(): Promise<Signer>
  /** All that anything was ever signed with: reports are checked years later. */
  publicKeys(): Promise<PublicKeys>
}

/** `secret` is a private Ed25519 key, PKCS #8 in base64; '' where the settings have none. */
export function createKeyStore(connection: MongoConnection, secret: string): KeyStore {
  const Key = connection.model<KeyRow>('EvidenceKey', keySchema)

  async function keptKey() {
    const known = await Key.findById(MADE).lean<KeyRow>()
    if (known?.secret !== undefined) return known.secret
    const made = await makeSecret()
    try {
      const { kid, x } = await read(made)
      await Key.create([{ _id: MADE, kid, x, secret: made }])
      return made
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
      return (await Key.findById(MADE).lean<KeyRow>().orFail()).secret ?? made
    }
  }

  const signer = onceItWorks(async () => {
    const { kid, x, privateKey } = await read(secret === '' ? await keptKey() : secret)
    if (secret !== '') await Key.updateOne({ _id: kid }, { $set: { kid, x } }, { upsert: true })
    return createSigner(kid, privateKey)
  })

  return {
    signer,
    async publicKeys() {
      await signer()
      const rows = await Key.find({}, { kid: 1, x: 1 }).sort({ _id: 1 }).lean()
      const keys = new Map(rows.map(({ kid, x }) => [kid, x]))
      return { keys: [...keys].map(([kid, x]) => ({ ...publicOf(x), kid, alg: 'EdDSA', use: 'sig' })) }
    },
  }
}

async function read(secret: string) {
  const bytes = Buffer.from(secret, 'base64')
  const privateKey = await crypto.subtle.importKey('pkcs8', bytes, ALGORITHM, true, ['sign'])
  const { x = '' } = await crypto.subtle.exportKey('jwk', privateKey)
  // RFC 7638: the members that the thumbprint is made of, in their order.
  const kid = createHash('sha256')
    .update(canonicalJson(publicOf(x)))
    .digest('base64url')
  return { kid, x, privateKey }
}

async function makeSecret(): Promise<string> {
  const pair = (await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as CryptoKeyPairOf
  return Buffer.from(await crypto.subtle.exportKey('pkcs8', pair.privateKey)).toString('base64')
}
type CryptoKeyPairOf = Extract<Awaited<ReturnType<typeof crypto.subtle.generateKey>>, { privateKey: unknown }>
