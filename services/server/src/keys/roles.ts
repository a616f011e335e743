/**
 * What a key may be used for:
 * - `events`: report what became of offers;
 * - `decisions`: ask which offer may be shown, and what is known of a customer;
 * - `reports`: read counts, reports and the live view;
 * - `admin`: change action maps and the numbers of agents.
 */
export const roles = ['events', 'decisions', 'reports', 'admin'] as const;

export type Role = (typeof roles)[number];

/** Of a server key whose entry names none. */
export const defaultRoles: readonly Role[] = ['events', 'decisions'];
