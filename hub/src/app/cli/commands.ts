/** Every command, in the order of the help. */
import { ALERT_ACK } from './alert/ack.ts';
import { ALERT_ASSIGN } from './alert/assign.ts';
import { ALERT_CLOSE } from './alert/close.ts';
import { ALERT_ESCALATE } from './alert/escalate.ts';
import { ALERT_LIST } from './alert/list.ts';
import { ALERT_NOTE } from './alert/note.ts';
import { ALERT_RESOLVE } from './alert/resolve.ts';
import { ALERT_SHOW } from './alert/show/show.ts';
import { ALERT_WATCH } from './alert/watch/watch.ts';
import { AUDIT_EXPORT } from './audit/export.ts';
import { AUDIT_LIST } from './audit/list.ts';
import { AUDIT_VERIFY } from './audit/verify.ts';
import { CHANNEL_LIST } from './channel/list.ts';
import { COMPLETION } from './completion/completion.ts';
import { CONFIG_PRINT } from './configuration/print.ts';
import { APPLY } from './configuration/apply.ts';
import { EXPORT } from './configuration/export.ts';
import { DEMO } from './demo/demo.ts';
import { DEVICE_LIST } from './device/list.ts';
import { DEVICE_SHOW } from './device/show.ts';
import { EVENT_LIST } from './event/list.ts';
import { EVENT_SHOW } from './event/show.ts';
import { BACKUP } from './hub/backup.ts';
import { DOCTOR } from './hub/doctor.ts';
import { MIGRATE } from './hub/migrate.ts';
import { OPENAPI } from './hub/openapi.ts';
import { RESTORE } from './hub/restore.ts';
import { SERVE } from './hub/serve.ts';
import { VERSION_COMMAND } from './hub/version.ts';
import { IMPORT_SENTINEL } from './import-sentinel/import-sentinel.ts';
import { KEY_CREATE } from './key/create.ts';
import { KEY_LIST } from './key/list.ts';
import { KEY_REVOKE } from './key/revoke.ts';
import type { Command } from './kit/command.ts';
import { OPERATOR_CREATE } from './operator/create.ts';
import { OPERATOR_LIST } from './operator/list.ts';
import { OPERATOR_RESET } from './operator/reset.ts';
import { POLICY_LIST } from './policy/list.ts';
import { PROJECT_CREATE } from './project/create.ts';
import { PROJECT_LIST } from './project/list.ts';
import { REDACT } from './redact/redact.ts';
import { RESPONDER_LIST } from './responder/list.ts';
import { RULE_LIST } from './rule/list.ts';
import { SEND } from './send/send.ts';
import { SOURCE_CREATE } from './source/create.ts';
import { SOURCE_DELETE } from './source/delete.ts';
import { SOURCE_LIST } from './source/list.ts';
import { SOURCE_SECRET } from './source/secret.ts';
import { SOURCE_SHOW } from './source/show.ts';
import { SOURCE_TRY } from './source/try.ts';
import { CHANNEL_TEST } from './trial/channel.ts';
import { DRILL } from './trial/drill.ts';
import { RULE_TEST } from './trial/rule.ts';

export const COMMANDS: readonly Command[] = [
  SERVE,
  MIGRATE,
  CONFIG_PRINT,
  APPLY,
  EXPORT,
  DOCTOR,
  BACKUP,
  RESTORE,
  SEND,
  ALERT_LIST,
  ALERT_SHOW,
  ALERT_WATCH,
  ALERT_ACK,
  ALERT_RESOLVE,
  ALERT_NOTE,
  ALERT_ASSIGN,
  ALERT_ESCALATE,
  ALERT_CLOSE,
  EVENT_LIST,
  EVENT_SHOW,
  DEVICE_LIST,
  DEVICE_SHOW,
  SOURCE_LIST,
  SOURCE_SHOW,
  SOURCE_SECRET,
  SOURCE_CREATE,
  SOURCE_DELETE,
  SOURCE_TRY,
  REDACT,
  CHANNEL_LIST,
  CHANNEL_TEST,
  RULE_LIST,
  RULE_TEST,
  POLICY_LIST,
  RESPONDER_LIST,
  DRILL,
  PROJECT_LIST,
  PROJECT_CREATE,
  OPERATOR_LIST,
  OPERATOR_CREATE,
  OPERATOR_RESET,
  KEY_LIST,
  KEY_CREATE,
  KEY_REVOKE,
  AUDIT_LIST,
  AUDIT_EXPORT,
  AUDIT_VERIFY,
  IMPORT_SENTINEL,
  DEMO,
  COMPLETION,
  OPENAPI,
  VERSION_COMMAND,
];
