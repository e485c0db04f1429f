// An invented article to try the page with; nobody said any of this.
export const EXAMPLE = `A dead cable, a damaged icebreaker and five governments

SKAGEN SOUND – The crew of a damaged icebreaker spent a third night aboard on Tuesday. The cable on the seabed beneath it has been dead since the weekend.

“Russia cut that cable on purpose, and it will do so again unless somebody makes it pay,” said Marta Lindqvist, the defence minister. “NATO ships were here before sunrise, and we will not forget that,” she added.

In Moscow, foreign ministry spokesman Oleg Baranov rejected the charge. “NATO has turned our sea into its parade ground and now complains about the noise,” he told reporters. He said that Russian crews had done everything to help.

Beijing, which owns a third of the cargo, asked for calm. “China is ready to send engineers and to share the cost of the repair,” said the ambassador, Lin Yawen. Harbour master Eino Saarela thanked the Chinese engineers: “Without Beijing this port would be dark tonight.”

Part of the load was bound for Wonsan. “North Korea is feeding a war with every crate that we let through,” warned Hana Sedláková, who leads the sanctions panel. Her deputy, Tomas Reyes, said that inspectors would meet a delegation from Pyongyang on Friday.

The hearing goes on at ten on Thursday.
`;
