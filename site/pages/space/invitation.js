// The invitation: a link and a QR code that open this space in another browser.
import qrcode from "qrcode-generator";
import { openDialog } from "../document/dialog.js";
import { icon, make, makeSvg } from "../document/elements.js";
import { placeUrl } from "./address.js";

const QUIET_ZONE = 3; // modules; readers need some margin

/** A QR code of `text` as an SVG image, black on white in every colour scheme: that is what cameras expect. */
export function qrImage(text, label) {
  const code = qrcode(0, "M");
  code.addData(text, "Byte");
  code.make();
  const count = code.getModuleCount();
  let path = "";
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) if (code.isDark(row, column)) path += `M${column} ${row}h1v1h-1z`;
  }
  const size = count + 2 * QUIET_ZONE;
  return makeSvg(
    "svg",
    { class: "qr", viewBox: `${-QUIET_ZONE} ${-QUIET_ZONE} ${size} ${size}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" },
    makeSvg("rect", { x: -QUIET_ZONE, y: -QUIET_ZONE, width: size, height: size, fill: "#fff" }),
    makeSvg("path", { d: path, fill: "#000" }),
  );
}

function isLoopback(host) {
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}

/** What the person should know before sending the link. */
function advice({ relay }) {
  if (!relay) return "No relay is set, so this link reaches other tabs of this browser only. Add a relay to the address to reach other people.";
  if (isLoopback(location.hostname) || isLoopback(new URL(relay).hostname)) {
    return "This site or its relay runs on your own computer, so the link works on this computer only.";
  }
  return "Whoever has the link can read and change everything in this space.";
}

/** Show the invitation to `place`, opening on this same page. */
export function showInvitation(place) {
  const url = placeUrl(place, location.href);
  return openDialog("Invite someone", (close) => {
    const field = make("input", { id: "invitation-link", value: url, readonly: true, onfocus: () => field.select() });
    const copy = make("button", { class: "primary", type: "button", autofocus: true }, icon("copy"), "Copy link");
    const said = make("p", { class: "hint", role: "status" }, advice(place));
    copy.addEventListener("click", async () => {
      const isCopied = await copyText(url, field);
      said.textContent = isCopied ? "Copied. Send it to anyone you want to work with." : "Copying is not allowed here. Select the link and copy it by hand.";
    });
    const actions = [copy];
    if (navigator.share) {
      actions.push(make("button", { type: "button", onclick: () => navigator.share({ url, title: `Graphvine: ${place.space}` }).catch(() => close) }, icon("share"), "Send …"));
    }
    return make(
      "div",
      { class: "invitation" },
      qrImage(url, `QR code of the invitation to ${place.space}`),
      make("label", { for: "invitation-link" }, "Open this link in another browser, or scan the code with a phone:"),
      field,
      make("div", { class: "actions" }, actions),
      said,
    );
  });
}

async function copyText(text, field) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field.select();
    return document.execCommand("copy");
  }
}
