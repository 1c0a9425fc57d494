"""Sample articles of the tests of copies, all invented."""


def paragraphs(text):
    """The paragraphs of a block, each on one line."""
    return [" ".join(block.split()) for block in text.strip().split("\n\n")]


WIRE = paragraphs("""
The river Orlava burst its banks before dawn on Tuesday and flooded the lower half of Brezovna,
forcing 2,300 residents into schools and a sports hall, the regional fire service said.

Two people drowned when their car was swept off a bridge near the village of Kamenec, and a shepherd
aged 61 is still missing, according to police spokeswoman Irena Malkova.

The flood followed four days of rain that melted the snow on the southern slopes of the Veleta
mountains. The gauge at the Brezovna weir stood at 7.4 metres, the highest since records began in
1931.

"We had twenty minutes, perhaps less, and the water was already in the street when the sirens went
off," said Tomas Hruby, who keeps a bakery beside the market. "I carried my mother to the roof."

Engineers opened two gates of the Lipnice dam at midnight to relieve its wall, a step that
opposition councillors blamed for the speed with which the wave reached the town.

The dam's operator, Vodni Energie, rejected the charge. Its director, Pavel Sedlak, told reporters
that without the release the spillway would have given way and 11,000 people would have been in
danger.

Soldiers with amphibious vehicles reached the hospital in the afternoon and brought out 84 patients,
among them nine newborn babies. Power was cut to 14 villages and the railway to the border was
closed.

Prime Minister Jana Dvorska flew over the valley and promised 30 million crowns in first aid. The
meteorological institute expects more rain on Thursday, though less than half of what fell at the
weekend.
""")

SPEECH = paragraphs("""
"I will not pretend that the years ahead are going to be comfortable for the families of this
valley," she said. "We buried neighbours this week, we lost the harvest, and the school where my own
daughters learned to read stands empty behind a fence. But nobody in this hall asked me for pity.
You asked for pumps, for engineers, for honest answers about the gates, and those you shall have
before the summer."
""")[0]

QUOTES = paragraphs("""
"We had twenty minutes, perhaps less, and the water was already in the street when the sirens went
off," said Tomas Hruby, a baker. "I carried my mother to the roof."
""")[0]

REWRITTEN = paragraphs("""
In the early hours of Tuesday the river Orlava overflowed and inundated the lower half of Brezovna,
driving 2,300 inhabitants into schools and a sports hall, the regional fire service announced.

Two persons drowned as their car was washed from a bridge close to the village of Kamenec, and a
61-year-old shepherd remains missing, police spokeswoman Irena Malkova stated.

Four days of rain, which melted the snow on the southern slopes of the Veleta mountains, came before
the flood. The level at the Brezovna weir reached 7.4 metres, the greatest since measurements
started in 1931.

"We had 20 minutes, maybe less, and water was already in the street when the sirens sounded," said
Tomas Hruby, who owns a bakery near the market. "I took my mother to the roof."

At midnight engineers opened two gates of the Lipnice dam to relieve the wall, a measure which
councillors of the opposition held responsible for how quickly the wave came to the town.

The operator of the dam, Vodni Energie, denied the accusation. Director Pavel Sedlak told
journalists that the spillway would have collapsed without the release, endangering 11,000 people.

In the afternoon soldiers with amphibious vehicles got to the hospital and evacuated 84 patients,
nine newborn babies among them. 14 villages lost power and the railway to the border was shut.
""")

INDEPENDENT = paragraphs("""
Brezovna was still counting its losses on Wednesday. Shopkeepers shovelled mud from cellars along
the main street while volunteers from neighbouring parishes handed out tea and dry blankets.

"We had twenty minutes, perhaps less, and the water was already in the street when the sirens went
off," said Tomas Hruby, a baker. "I carried my mother to the roof."

His neighbours tell of furniture floating past church windows and of a fire engine that became stuck
in a garden. Many wonder why nobody woke them earlier; the mayor has called an inquiry into the
warning system.

Insurance brokers put the damage at several hundred million crowns, most of it to homes that carry
no cover since premiums doubled three years ago. Farmers speak of drowned calves and ruined winter
barley.

For historians the scene recalls the catastrophe of 1931, after which embankments were raised and
then, in the decades of thrift that followed, quietly forgotten.
""")

ANOTHER_INDEPENDENT = paragraphs("""
Why was the Lipnice dam opened in the dead of night? Parliament's committee on the environment wants
an answer by the end of the month, its chair said after an angry session in the capital.

"We had twenty minutes, perhaps less, and the water was already in the street when the sirens went
off," said Tomas Hruby, a baker. "I carried my mother to the roof."

Experts consulted by this newspaper disagree. A hydrologist at the technical university holds that a
slow release from Sunday onward could have shaved a metre from the crest; a retired dam keeper calls
that nonsense.

Shares in the company that runs the plant lost six percent, and its insurers have sent their own
inspectors. Prosecutors confirmed that documents were seized from an office, without naming
suspects.
""")

PROMOTIONS = paragraphs("""
Read more: five pictures of the day

Sign up for our evening letter

Follow us on every network
""")

HARBOUR = paragraphs("""
Dockers at the port of Marsala ended a nine-day strike on Friday after employers agreed to raise
night pay by 8.5 percent and to hire 120 crane drivers who had worked on daily contracts.

Forty-one ships had been waiting in the roads, among them three refrigerated carriers laden with
bananas from Ecuador whose owners were claiming 200,000 euros a day.

The union FILT said a vote by show of hands found only seventeen members against. Its secretary,
Carla Mancuso, called the deal modest but honourable.

Terminal operator Porti Riuniti warned that tariffs would rise in June and that the backlog would
take two weeks to clear, as only four of six berths can take vessels of that draught.
""")

OBSERVATORY = paragraphs("""
Astronomers in the Atacama desert have photographed the dusty ring of a star 63 light years away in
which, they believe, a planet the size of Neptune is taking shape.

The picture took 26 hours of exposure with a camera that was chilled to within two degrees of
absolute zero, wrote Hideo Tanabe and eleven colleagues in a journal that appeared on Monday.

A dark lane in the ring betrays the planet, which itself is too faint to be seen. Its year would
last some 140 of ours, reckoned from the width of the gap.

Others caution that magnetic winds may carve such lanes too. An infrared telescope to be launched in
2027 could settle the dispute within a single night.
""")

MARKET = paragraphs("""
Shares on the Lagos exchange closed {way} on {day}, with the main index {way} {points} points at
{level}. {winner} led the gainers, adding {gain} percent, while {loser} lost {loss} percent in heavy
trading. Turnover was {turnover} million, against {before} million the day before. Dealers said that
investors were waiting for figures on inflation due later in the week. The currency traded at {rate}
to the dollar.
""")[0]

MONDAY = MARKET.format(
    way="higher", day="Monday", points="112.4", level="51,204", winner="Dangote Cement", gain="4.1",
    loser="Zenith Bank", loss="2.7", turnover="318", before="290", rate="1,481",
)  # fmt: skip
TUESDAY = MARKET.format(
    way="lower", day="Tuesday", points="87.9", level="51,116", winner="Nestle Nigeria", gain="3.3",
    loser="Oando", loss="6.0", turnover="274", before="318", rate="1,502",
)  # fmt: skip

CHINESE = paragraphs("""
星期二凌晨，奥尔拉瓦河冲破堤岸，淹没了布雷佐夫纳镇的低洼地区，约两千三百名居民被迫转移到学校和体育馆。

当地消防部门表示，两人在卡梅内茨村附近被洪水冲下桥梁后溺亡，一名六十一岁的牧羊人仍然下落不明。

连续四天的降雨使山南坡的积雪融化，水位达到七点四米，是一九三一年有记录以来的最高值。

工程师在午夜打开了水坝的两道闸门以减轻坝体压力，反对派议员指责这一举措加快了洪峰到达城镇的速度。
""")

CHINESE_OTHER = paragraphs("""
港口工人在持续九天的罢工之后同意复工，雇主承诺将夜班工资提高百分之八点五，并正式录用一百二十名吊车司机。

四十一艘货轮此前一直在锚地等待，其中三艘冷藏船装载着来自厄瓜多尔的香蕉，船东每天索赔二十万欧元。

工会表示，举手表决中只有十七人反对，秘书长称这项协议虽不算丰厚，却很体面。
""")

THAI = paragraphs("""
แม่น้ำเอ่อล้นตลิ่งก่อนรุ่งสางวันอังคารและท่วมพื้นที่ตอนล่างของเมือง
ทำให้ชาวบ้านกว่าสองพันคนต้องอพยพไปยังโรงเรียน
เจ้าหน้าที่ดับเพลิงกล่าวว่ามีผู้เสียชีวิตสองคนหลังรถถูกกระแสน้ำพัดตกสะพานใกล้หมู่บ้าน
และยังมีผู้สูญหายอีกหนึ่งคน ฝนที่ตกต่อเนื่องสี่วันทำให้ระดับน้ำสูงที่สุดนับตั้งแต่เริ่มมีการบันทึก
""")[0]

HINDI = paragraphs("""
मंगलवार तड़के नदी का तटबंध टूट गया और कस्बे का निचला हिस्सा पानी में डूब गया, जिससे लगभग तेईस सौ
लोगों को स्कूलों और खेल भवन में शरण लेनी पड़ी। अग्निशमन विभाग ने बताया कि गांव के पास पुल से कार बह
जाने के कारण दो लोगों की मौत हो गई और एक चरवाहा अब भी लापता है। चार दिन की लगातार बारिश से पहाड़ों
की बर्फ पिघल गई और जलस्तर अब तक के सबसे ऊंचे निशान पर पहुंच गया। विपक्षी पार्षदों ने बांध के द्वार
आधी रात को खोलने के फैसले की कड़ी आलोचना की।
""")[0]

FOOTER = paragraphs("""
The Valley Chronicle was founded by printers in 1884 and belongs to its readers, who elect the board
every second spring in the hall of the old tannery.

Tips for the newsroom reach us by letter, telephone or encrypted mail; sources are protected by law
and by the habits of a century, and nobody has ever been betrayed from this building.
""")

UPDATES = [
    paragraphs(block)
    for block in (
        """
The death toll from the flood that struck Brezovna before dawn on Tuesday rose to five on Wednesday
after divers recovered three bodies from a minibus, the regional fire service said.

Prosecutors opened an inquiry into the release of water from the Lipnice dam and took away the log of
its control room.
""",
        """
Seven people are now known to have died in the Brezovna flood and the search for the missing was
called off at dusk on Thursday, with the army withdrawing its divers.

Insurers put the damage at 410 million crowns, twice what the great flood of 1998 cost the valley.
""",
        """
The government declared Brezovna a disaster area on Friday, which frees its people from taxes for a
year, as the first of the 2,300 who had fled were let back into their streets.

The operator's director, Pavel Sedlak, offered to resign, but the board asked him to stay until the
inquiry reports in autumn.
""",
    )
]

POST = paragraphs("""
"To everyone who has asked after my mother and the bakery: we are alive, the oven is not. We will bake
again, in a tent if we must, and nobody in this street will pay for bread until the water is out of the
last cellar. Bring buckets, not flowers," Hruby wrote.
""")[0]

STATEMENT = paragraphs("""
The Vodni Energie company said in a statement that both gates of the Lipnice dam had been opened in
accordance with the operating manual approved in 2014, that the crisis staff in Brezovna had been informed
at 23.40, and that the company would make all records available to the authorities.
""")[0]

TEASER = paragraphs("""
A baker who saved his mother from the Brezovna flood has become the voice of his street. In a message that
thousands had passed on by the evening, Tomas Hruby promised free bread.
""")

BAKER = paragraphs("""
Flour still sticks to the ceiling of Hruby's shop, two metres above the floor, where the flood left it. On
Friday the third generation of bakers on the market square stood ankle-deep in mud and gave interviews to
crews from four countries.

It was a few lines on the internet that had brought them here.

His daughter, who keeps the accounts, reckons that the damage comes to 900,000 crowns, and that the insurance
will pay a third of it at best. A brewery from the next valley has lent them a tent, and a retired baker from
Olsany his portable oven.

On Saturday at six in the morning the first loaves came out, dark and a little crooked. They were gone by
seven.
""")

DESK = paragraphs("""
Whoever opens two gates at midnight above a sleeping town had better have the paper to prove that it was
right, and on Wednesday the lawyers of the dam's operator produced it.

Opposition councillors were not impressed. Marek Vlk, who chairs the council's committee on water, said that
he had asked for the manual four times since January and had been sent brochures.

Downstream in Olsany, where the wave arrived at breakfast, the mayor counted 61 houses under water and no
telephone call from anybody.
""")

AGENCY_DESK = paragraphs("""
Lawyers for the operator of the Lipnice dam rejected accusations on Wednesday that it had caused the flood.

Shares in the company fell 7.8 percent in Vienna to their lowest since it was floated in 2009, and two banks
withdrew their advice to buy.

Analysts at Raiffeisen said that a claim for damages could reach a quarter of a billion crowns, to be set
against earnings of 190 million last year.
""")

COMMENTARY = paragraphs("""
There is a kind of sentence that people in my trade learn to write in their sleep, and this week the agencies
wrote it again.

I have covered eleven floods. In each of them there was a gauge, a record, a shepherd, and a minister in a
helicopter, and in each of them we went home before the mud did. The minister always promises money, and the
money always has a form to be filled in that the water has taken.

What we never write is that the gauge was put up in 1931 because of a flood, that the houses below it were
built in 1974 in spite of one, and that the people who signed for them had read the same reports as we.

So spare me the record. Tell me who signed.
""")
