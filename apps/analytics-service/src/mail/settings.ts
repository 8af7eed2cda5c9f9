import { neededWith } from '@aetherlearn/service-kit/config'
import { Type, type Static } from 'typebox'

export const mailSettings = {
  /** `smtp`: messages to people go out as mail, too, to those who want it. */
  MAIL: Type.Union([Type.Literal('none'), Type.Literal('smtp')], { default: 'none' }),
  /** `smtps://user:password@host:465`, or `smtp://…:587`, which goes over to TLS where the server offers it. */
  SMTP_URL: neededWith('MAIL', 'smtp', '^(smtps?://[^\\s]+)?$'),
  /** `AetherLearn <news@example.org>`. */
  MAIL_FROM: neededWith('MAIL', 'smtp', '^([^\\r\\n]*[^\\s@]+@[^\\s@]+)?$'),
  /** Signs the links by which mail is stopped; with another one those of earlier mails stop working. */
  MAIL_SECRET: neededWith('MAIL', 'smtp', '^(.{32,})?$'),
  /** Where people open the console, as `https://learn.example.org`: for links in mails. */
  PUBLIC_ORIGIN: neededWith('MAIL', 'smtp', '^(https?://[^\\s/]+)?$'),
}
export type MailConfig = { [name in keyof typeof mailSettings]: Static<(typeof mailSettings)[name]> }

/** Undefined where no mail is sent. */
export const mailSecretOf = ({ MAIL, MAIL_SECRET }: Pick<MailConfig, 'MAIL' | 'MAIL_SECRET'>) =>
  MAIL === 'smtp' ? MAIL_SECRET : undefined
