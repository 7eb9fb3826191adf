/** The page of one network. Its text has dots and a slash: no path of ours has. */
export const networkHref = (teamId: string, network: string) =>
  `/teams/${teamId}/networks/seen?${new URLSearchParams({ network })}`;

/** An IPv4 network is one address. */
export const shortNetwork = (network: string) => network.replace(/\/32$/, '');
