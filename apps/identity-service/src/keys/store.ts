import { isDuplicateKey, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { tokenRules } from '@aetherlearn/service-kit/auth'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import { Schema } from 'mongoose'

/** The pair that access tokens are signed with; `kid` is its RFC 7638 thumbprint. */
export type SigningKey = { kid: string; privateJwk: JWK; publicJwk: JWK }

const keySchema = new Schema<SigningKey & { _id: string }>(
  {
    _id: String,
    kid: { type: String, required: true },
    privateJwk: { type: Schema.Types.Mixed, required: true },
    publicJwk: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false, collection: 'keys' },
)
/** One fixed id: of two instances that start at once only one insert can win. */
const CURRENT = 'current'

export type KeyStore = {
  /** The same pair for every instance, made by the first of them. */
  signingKey(): Promise<SigningKey>
}

export function createKeyStore(connection: MongoConnection): KeyStore {
  const Key = connection.model('Key', keySchema)
  const find = () => Key.findById(CURRENT, { _id: 0 }).lean<SigningKey>()
  return {
    async signingKey() {
      const known = await find()
      if (known !== null) return known
      const made = await makeKey()
      try {
        await Key.create([{ _id: CURRENT, ...made }])
        return made
      } catch (error) {
        if (!isDuplicateKey(error)) throw error
        return Key.findById(CURRENT, { _id: 0 }).lean<SigningKey>().orFail()
      }
    },
  }
}

async function makeKey(): Promise<SigningKey> {
  const pair = await generateKeyPair(tokenRules.algorithm, { crv: 'Ed25519', extractable: true })
  const publicJwk = await exportJWK(pair.publicKey)
  return {
    kid: await calculateJwkThumbprint(publicJwk),
    publicJwk,
    privateJwk: await exportJWK(pair.privateKey),
  }
}
