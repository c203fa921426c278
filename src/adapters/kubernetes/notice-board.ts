import { GROUP, KIND, VERSION } from '../../api/artifact-release.ts';
import type { Notice } from '../../domain/notice.ts';
import type { NoticeBoard, ReleaseIdentity } from '../../ports/cluster.ts';
import type { EventRecorder } from './event-recorder.ts';

/** Notices as Events on the release. */
export class EventNoticeBoard implements NoticeBoard {
  readonly #recorder: Pick<EventRecorder, 'record'>;

  constructor(recorder: Pick<EventRecorder, 'record'>) {
    this.#recorder = recorder;
  }

  post({ namespace, name, uid }: ReleaseIdentity, { type, reason, message }: Notice): void {
    const regarding = { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, namespace, name, uid };
    this.#recorder.record({ regarding, type, reason, action: 'Reconcile', note: message });
  }
}
