import { offerRulesOf, type ActionMap, type OfferedMediaType, type OfferRules } from '@offerlock/lifecycle';

export const raceTenant = 'default';

const maps: readonly (readonly [id: string, mediaType: OfferedMediaType, weight: ActionMap['weight']])[] = [
  ['chat-first', 'webchat', 3],
  ['chat-second', 'webchat', 2],
  ['content', 'contentOffer', 2],
  ['message-first', 'webMessagingOffer', 3],
  ['message-second', 'webMessagingOffer', 1],
];

/** Several maps and media types, open to everybody; a messaging offer may come again in a later session. */
export function raceRules(): OfferRules {
  return offerRulesOf({
    actionMaps: maps.map(([id, mediaType, weight]) => ({
      id,
      version: 1,
      displayName: id,
      isActive: true,
      startDate: '2026-01-01T00:00:00Z',
      endDate: null,
      weight,
      triggerWithSegments: [],
      triggerWithEventConditions: [],
      pageUrlConditions: [],
      activation: { type: 'immediate' },
      action: {
        mediaType,
        actionTargetId: null,
        isPacingEnabled: false,
        invitation: { title: '', prompt: 'May we help?', acceptText: 'Yes', declineText: 'No' },
      },
      scheduleGroupId: null,
      emergencyScheduleGroupId: null,
      ignoreFrequencyCap: false,
    })),
    actionTargets: [],
    scheduleGroups: [],
    emergencyScheduleGroups: [],
    frequencyCaps: {},
  });
}

/** Whether a map of this media type may be offered again in a later session, once the offer is over. */
export function mayComeAgain(mediaType: string): boolean {
  return mediaType === 'webMessagingOffer';
}
