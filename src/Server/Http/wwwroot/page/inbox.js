// What becomes of what was pushed.
import { json } from './server.js';

const Seconds = 20;
const LongestPause = 30;

/**
 * Waits until it is known, also while the server can't be asked for a time. Null: it is wanted no more.
 * @param troubled Called with a sentence each time it can't be asked, and with null once it can be again.
 * @param wanted Says whether anybody still looks.
 */
export async function followed(statusUrl, troubled, wanted = () => true) {
  for (let failures = 0; wanted();) {
    // Where the server answers at once, because too many wait, this one comes back later.
    let pause = 1;
    try {
      const status = await json(`${statusUrl}${statusUrl.includes('?') ? '&' : '?'}wait=${Seconds}`);
      if (failures) troubled(null);
      failures = 0;
      if (status.status !== 'received') return status;
    } catch (error) {
      if (!passes(error)) throw error;
      pause = Math.min(LongestPause, 2 ** failures++);
      troubled(`${error.message} Asking again …`);
    }
    await new Promise(resolve => setTimeout(resolve, 1000 * pause));
  }
  return null;
}

/** No answer, too many requests, or a server or proxy that is not well: none of them says anything about what was pushed. */
const passes = ({ status }) => status === 0 || status === 429 || status >= 500;
