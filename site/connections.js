// Owns the RTCPeerConnections of a peer that lives in a worker: browsers give them to pages only. The channels go to the
// worker the moment they are made, so no byte of theirs passes through here.
//
//   attachConnections(worker) -> detach      sends the worker {connections: port}; all else goes over that port:
//   worker -> page   {do: "create", link, initiator, ice}    make a connection, its channels and (initiator) an offer
//                    {do: "describe", link, kind, sdp}       the remote description; an offer is answered
//                    {do: "candidate", link, candidate, mid} a remote candidate
//                    {do: "close", link}                     close it and say no more about it
//                    {do: "persist"}                         ask the browser to keep this site's data
//   page -> worker   {on: "channels", link, control, bulk}   both RTCDataChannels, transferred
//                    {on: "described", link, kind, sdp}      our own description, set
//                    {on: "candidate", link, candidate, mid} one of our candidates; "" ends the list
//                    {on: "failed", link, reason}            the connection is over

export function attachConnections(worker) {
  const { port1: port, port2 } = new MessageChannel();
  const owner = new Connections(port);
  worker.postMessage({ connections: port2 }, [port2]);
  return () => owner.detach();
}

class Connections {
  #port;
  #byLink = new Map();

  constructor(port) {
    this.#port = port;
    port.onmessage = ({ data }) => this.#obey(data);
    port.onclose = this.detach; // the worker ended
    addEventListener("pagehide", this.#leave);
  }

  detach = () => {
    removeEventListener("pagehide", this.#leave);
    for (const link of [...this.#byLink.keys()]) this.#close(link);
    this.#port.close();
  };

  /** The page goes away, perhaps to come back from the browser's cache: the links are over either way. */
  #leave = () => {
    for (const link of [...this.#byLink.keys()]) this.#fail(link, "the page went away");
  };

  #obey(command) {
    const { link } = command;
    if (command.do === "create") this.#create(link, command);
    else if (command.do === "close") this.#close(link);
    else if (command.do === "persist") navigator.storage?.persist?.().catch(() => {});
    else if (this.#byLink.has(link)) this.#negotiate(link, this.#byLink.get(link), command);
  }

  #create(link, { initiator, ice }) {
    let connection;
    try {
      connection = newConnection(ice);
    } catch (error) { // a browser makes a few hundred of them and no more
      this.#port.postMessage({ on: "failed", link, reason: `no connection could be made: ${error.message}` });
      return;
    }
    this.#byLink.set(link, connection);
    const [control, bulk] = ["control", "bulk"].map((label, id) => connection.createDataChannel(label, { negotiated: true, id }));
    this.#port.postMessage({ on: "channels", link, control, bulk }, [control, bulk]); // later they can't be transferred
    connection.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate === "") return; // the end of one generation; null says it for all
      this.#port.postMessage({ on: "candidate", link, candidate: candidate?.candidate ?? "", mid: candidate?.sdpMid ?? "" });
    };
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === "failed") this.#fail(link, "the connection failed");
    };
    connection.ondatachannel = () => this.#fail(link, "an uninvited channel");
    if (initiator) this.#negotiate(link, connection, { do: "offer" });
  }

  async #negotiate(link, connection, { do: what, kind, sdp, candidate, mid }) {
    try {
      if (what === "candidate") return await connection.addIceCandidate({ candidate, sdpMid: mid }).catch(() => {});
      if (what === "describe") await connection.setRemoteDescription({ type: kind, sdp });
      if (kind === "answer") return;
      await connection.setLocalDescription();
      const { type, sdp: own } = connection.localDescription;
      this.#port.postMessage({ on: "described", link, kind: type, sdp: own });
    } catch (error) {
      if (this.#byLink.get(link) === connection) this.#fail(link, `negotiation failed: ${error.message}`);
    }
  }

  #fail(link, reason) {
    this.#port.postMessage({ on: "failed", link, reason }); // first, or all they hear is that the channels closed
    this.#close(link);
  }

  #close(link) {
    const connection = this.#byLink.get(link);
    if (!connection) return;
    this.#byLink.delete(link);
    connection.onicecandidate = connection.onconnectionstatechange = connection.ondatachannel = null;
    connection.close();
  }
}

/** A connection; without servers when the browser finds them no good (a relay sends the list). */
function newConnection(iceServers) {
  try {
    return new RTCPeerConnection({ iceServers });
  } catch (error) {
    if (error.name === "UnknownError") throw error;
    return new RTCPeerConnection();
  }
}
