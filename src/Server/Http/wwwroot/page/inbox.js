// What becomes of what was pushed.
import { json } from './server.js';

const Seconds = 20;

/** Waits until it is known. @param told Called with every status on the way. */
export async function followed(statusUrl, told = () => {}, signal) {
  for (;;) {
    const status = await json(`${statusUrl}${statusUrl.includes('?') ? '&' : '?'}wait=${Seconds}`, { signal });
    told(status);
    if (status.status !== 'received') return status;
    // Where the server answers at once, because too many wait, this one comes back later.
    await new Promise(resolve => setTimeout(resolve, 1000));
  }
}
