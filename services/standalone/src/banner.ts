/** What a person reads when it has started. */
export function bannerOf(facts: {
  readonly address: string;
  readonly directory: string;
  readonly offers: number;
  readonly demo: { readonly running: boolean; readonly eventsPerSecond: number };
}): string {
  const { address, directory, offers, demo } = facts;
  const lines = [
    ['Page', address],
    ['Data', `${directory} (${offers === 0 ? 'no offers yet' : `${offers.toLocaleString('en')} offers`})`],
    [
      'Demo',
      demo.running
        ? `simulated visitors, about ${demo.eventsPerSecond} events per second; --no-demo starts without them`
        : 'off; the page can switch simulated visitors on',
    ],
    ['Stop', 'Ctrl-C'],
  ];
  return `\nOfferlock is running.\n\n${lines.map(([name, told]) => `  ${name}  ${told}\n`).join('')}\n`;
}
