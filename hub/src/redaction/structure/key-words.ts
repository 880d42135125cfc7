/** The words by which the name of a field tells what its value is. Part of the rules' version. */

const listWords = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** As the last word of a name. */
export const SECRET_WORDS = listWords(`
  password passwd pwd passphrase passcode passwort kennwort secret secrets token tokens dsn
  credential credentials creds apikey apitoken authtoken otp totp cvv cvc pincode session
  sessionid phpsessid jsessionid sessid jwt bearer privatekey accesskey secretkey licensekey
`);

/** Anywhere in a name, unless a neutral word ends it. */
export const DEEP_SECRET_WORDS = listWords('password passwd passphrase kennwort passwort');

/** At the end of a word, for names written in one: PGPASSWORD, mysecret. */
export const SECRET_ENDINGS = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'token',
  'apikey',
  'accesskey',
  'secretkey',
  'privatekey',
  'sessionid',
  'connectionstring',
] as const;

/** Names as a whole, words joined by `_`. */
export const SECRET_NAMES = listWords(`
  session_id secret_id connection_string conn_str connect_string authorization_code auth_code
  verification_code recovery_code recovery_codes backup_code backup_codes pin_code mfa_code
  security_code one_time_code client_assertion
`);

/** In names that are not cut into words. */
export const SECRET_IDEOGRAPHS = ['密码', '口令', '密钥', '令牌', '验证码'] as const;

/** After these words, `key` names no secret. */
export const PUBLIC_KEY_WORDS = listWords(`
  public primary foreign partition sort cache group object row lookup dedup deduplication
  idempotency recurrence message issue project i18n translation map json alert event host range
  index unique natural surrogate shard bucket config column label annotation meta metadata
  registry sequence locale theme hot short cut press space escape function arrow sub super top
  any each parent child node leaf tree hash item list dict field attribute property prop env tag
  resource metric series query job task queue topic routing_table state status error reason
  category template feature flag setting option lock mutex
`);

/** As the last word they say that the value is about a secret, not the secret. */
export const NEUTRAL_WORDS = listWords(`
  name names count counts type types kind policy policies length len size expiry expires expired
  expiration at on ttl age status state enabled disabled required valid invalid version url uri
  path file files mount ref refs rotation rotated changed updated created provider manager store
  format algorithm alg method mode limit limits usage used budget index endpoint server strength
  error errors failure failures failed attempts total seconds ms days reset rule rules field fields
  present missing exists ok set source scope scopes issuer audience id ids class address_pool
`);

/** After which `token` counts something. */
export const COUNTED_WORDS = listWords(`
  max min total prompt completion input output cached reasoning num number remaining unexpected
  invalid next syntax
`);

/** Random-looking values beside these are masked, others are kept. */
export const WEAK_WORDS = listWords(`
  key keys auth sig signature hmac code webhook seed salt license licence saml assertion access
  pass cert sas nonce hook state
`);

/** Parameters of URLs that sign or open something, whatever they look like. */
export const SIGNING_PARAMETERS = listWords('sig signature hmac hdnts policy_signature sas se_sig');

export const PHONE_NAMES = listWords(`
  phone telephone telefono tel mobile cell cellphone cellulare msisdn fax whatsapp
  phone_number phone_no telephone_number mobile_number mobile_phone cell_phone home_phone
  work_phone phonenumber mobilephone numero_telefono numero_di_telefono contact_phone to_phone
  from_phone caller_number 手机 手机号 手机号码 电话 电话号码 联系电话
`);

export const PERSON_NAMES = listWords(`
  first_name firstname last_name lastname full_name fullname surname cognome given_name givenname
  family_name familyname middle_name maiden_name patient_name nome_cognome date_of_birth
  dateofbirth birth_date birthdate birthday dob data_nascita data_di_nascita ssn
  social_security_number passport passport_number passport_no home_address 姓名 出生日期 护照号
`);

export const FISCAL_CODE_NAMES = listWords('codice_fiscale codicefiscale fiscal_code fiscalcode');
export const RESIDENT_ID_NAMES = listWords(
  '身份证 身份证号 身份证号码 id_card id_card_no idcard id_card_number resident_id',
);
export const CARD_NAMES = listWords(
  'card_number cardnumber card_no pan credit_card creditcard credit_card_number cc_number',
);

/** Values of such fields name things: numbers in them are no telephone numbers or cards. */
export const ID_WORDS = listWords(`
  id ids uuid guid uid fingerprint hash sha sha256 sha512 md checksum digest etag trace span
  commit order orders ordine ordini ordre invoice fattura protocollo pratica seq sequence offset
  serial timestamp ts time epoch pid tid traceid spanid requestid eventid orderid messageid runid
  deviceid cameraid areaid alertid alarmid correlationid parentid jobid taskid batch lsn xid
  generation resourceversion nanos micros millis bytes size count total duration 订单 订单号 单号
  编号 流水号
`);

/** Ids that look like mail addresses. */
export const MESSAGE_ID_NAMES = listWords(`
  message_id messageid msg_id msgid in_reply_to references event_id provider_event_id
  x_riferimento_message_id riferimento_message_id reference_message_id x_message_id identificativo
`);

/** Where `1.2.3.4` is a version. */
export const VERSION_WORDS = listWords(`
  version versions ver release build firmware revision rev chart tag image images versione release
  版本 fw sw driver package packages
`);
