#!/usr/bin/env python3
"""Generates the small, real-looking data sets of this folder.

    python3 testdata/generate.py

Needs only Python 3's standard library and no network; every run writes the same bytes (fixed seeds, gzip
headers without a time), so that `git diff` is empty after it. The data is invented: it has the shape, the
units, the gaps and the dirt of the data sets its columns are named after, not their contents.

    surveys.csv, species.csv     rodents caught on desert plots, with empty cells
    taxi/<colour>/2021/<month>/  taxi trips, three months each, as plain or gzipped CSV
    taxi/zones.csv               the zones that trips start and end in
    access.log, access.log.gz    a web server's log in the Common Log Format
    messy/                       CSV files that readers trip over, one trouble a file
    corrupt/                     (made by interop/make.py) damaged Parquet files
"""

import bz2
import csv
import gzip
import io
import math
import random
from datetime import date, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent


def write_bytes(path, data):
    """Writes `data`, packed as the suffix of `path` says."""
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        packed = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as out:
            out.write(data)
        data = packed.getvalue()
    elif path.suffix == ".bz2":
        data = bz2.compress(data)
    path.write_bytes(data)


def write_csv(path, header, rows):
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(header)
    out.writerows(rows)
    write_bytes(path, text.getvalue().encode())


# Field surveys -----------------------------------------------------------------------------------------------

# species_id: genus, species, taxa, how often caught, mean hindfoot (mm), mean weight (g)
SPECIES = {
    "AB": ("Amphispiza", "bilineata", "Bird", 3, None, None),
    "AH": ("Ammospermophilus", "harrisi", "Rodent", 5, 33.0, None),
    "BA": ("Baiomys", "taylori", "Rodent", 2, 13.0, 8.6),
    "CB": ("Campylorhynchus", "brunneicapillus", "Bird", 1, None, None),
    "CM": ("Calamospiza", "melanocorys", "Bird", 1, None, None),
    "CQ": ("Callipepla", "squamata", "Bird", 1, None, None),
    "CS": ("Crotalus", "scutalatus", "Reptile", 1, None, None),
    "CV": ("Crotalus", "viridis", "Reptile", 1, None, None),
    "DM": ("Dipodomys", "merriami", "Rodent", 90, 36.0, 43.2),
    "DO": ("Dipodomys", "ordii", "Rodent", 28, 35.6, 48.9),
    "DS": ("Dipodomys", "spectabilis", "Rodent", 24, 49.9, 120.1),
    "DX": ("Dipodomys", "sp.", "Rodent", 2, None, None),
    "NL": ("Neotoma", "albigula", "Rodent", 12, 32.3, 159.2),
    "OL": ("Onychomys", "leucogaster", "Rodent", 10, 20.5, 31.6),
    "OT": ("Onychomys", "torridus", "Rodent", 20, 20.3, 24.2),
    "OX": ("Onychomys", "sp.", "Rodent", 1, 19.1, 21.0),
    "PB": ("Chaetodipus", "baileyi", "Rodent", 26, 26.1, 31.7),
    "PE": ("Peromyscus", "eremicus", "Rodent", 12, 20.2, 21.6),
    "PF": ("Perognathus", "flavus", "Rodent", 14, 15.6, 7.9),
    "PM": ("Peromyscus", "maniculatus", "Rodent", 8, 20.4, 21.4),
    "PP": ("Chaetodipus", "penicillatus", "Rodent", 28, 21.8, 17.2),
    "RF": ("Reithrodontomys", "fulvescens", "Rodent", 2, 17.5, 13.4),
    "RM": ("Reithrodontomys", "megalotis", "Rodent", 24, 16.4, 10.6),
    "SF": ("Sigmodon", "fulviventer", "Rodent", 1, 26.7, 58.9),
    "SH": ("Sigmodon", "hispidus", "Rodent", 2, 28.5, 73.1),
    "SU": ("Sceloporus", "undulatus", "Reptile", 1, None, None),
    "UR": ("Rodent", "sp.", "Rodent", 1, None, None),
    "ZL": ("Zonotrichia", "leucophrys", "Bird", 1, None, None),
}


def surveys():
    rng = random.Random(1977)
    write_csv(
        "species.csv",
        ["species_id", "genus", "species", "taxa"],
        [[code, genus, species, taxa] for code, (genus, species, taxa, *_) in SPECIES.items()],
    )
    codes = list(SPECIES)
    frequency = [SPECIES[code][3] for code in codes]
    rows, night, record = [], date(1977, 7, 16), 0
    while night <= date(2002, 12, 31):
        for _ in range(rng.randint(5, 14)):
            record += 1
            code = rng.choices(codes, frequency)[0]
            _, _, _, _, foot, weight = SPECIES[code]
            # In 1982 a new trapper forgot to write the species down more often than others did.
            if rng.random() < (0.08 if night.year == 1982 else 0.02):
                code, foot, weight = "", None, None
            sex = rng.choice("MF") if foot else ""
            if rng.random() < 0.05:
                sex = ""
            hindfoot = str(round(rng.gauss(foot, foot * 0.05))) if foot and rng.random() > 0.1 else ""
            grams = str(max(4, round(rng.gauss(weight, weight * 0.2)))) if weight and rng.random() > 0.07 else ""
            # No scales were taken along during the first months.
            if night < date(1978, 1, 1):
                grams = ""
            rows.append([record, night.month, night.day, night.year, rng.randint(1, 24), code, sex, hindfoot, grams])
        night += timedelta(days=rng.randint(26, 34))
    write_csv(
        "surveys.csv",
        ["record_id", "month", "day", "year", "plot_id", "species_id", "sex", "hindfoot_length", "weight"],
        rows,
    )


# Taxi trips --------------------------------------------------------------------------------------------------

BOROUGHS = {
    "Manhattan": (["Battery", "Canal", "Chelsea", "Garment", "Harbour", "Hill", "Hudson", "Lincoln", "Market", "Museum",
                   "Opera", "Park", "Seaport", "Theatre", "Union", "Wall"], "Yellow Zone"),
    "Brooklyn": (["Bridge", "Canal", "Cobble", "Dyker", "Flat", "Green", "Heights", "Navy", "Park", "Slope"], "Boro Zone"),
    "Queens": (["Astor", "Bay", "Corona", "Forest", "Garden", "Island", "Jamaica", "Rock", "Sunny"], "Boro Zone"),
    "Bronx": (["Belmont", "Fordham", "Haven", "Hunts", "Morris", "River"], "Boro Zone"),
    "Staten Island": (["Arden", "Ferry", "Great", "Marsh"], "Boro Zone"),
}


def zones(rng):
    rows, location = [[1, "EWR", "Newark Airport", "EWR"]], 1
    for borough, (names, service) in BOROUGHS.items():
        for name in names:
            for part in rng.sample(["North", "South", "East", "West", "Center"], rng.choice([1, 2, 2, 3])):
                location += rng.choice([1, 1, 2])
                zone = f"{name} {part}" if rng.random() > 0.1 else f"{name}, {part}/{rng.choice(names)}"
                rows.append([location, borough, zone, service])
    rows.append([location + 1, "Queens", "JFK Airport", "Airports"])
    rows.append([264, "Unknown", "NV", "N/A"])
    rows.append([265, "Unknown", "NA", "N/A"])
    write_csv("taxi/zones.csv", ["LocationID", "Borough", "Zone", "service_zone"], rows)
    return [row[0] for row in rows[:-2]], location + 1


def money(amount):
    """Amounts as the taxi commission writes them: 7, 7.5, 14.16."""
    return f"{amount:.2f}".rstrip("0").rstrip(".") if amount else "0"


def trip(rng, colour, year, month, locations, airport):
    month_minutes = (28 if month == 2 else 31) * 24 * 60
    minutes = rng.randrange(month_minutes)
    # Few trips at night.
    while rng.random() > 0.55 + 0.45 * math.sin((minutes / 60 % 24 - 10) / 24 * 2 * math.pi):
        minutes = rng.randrange(month_minutes)
    pickup = datetime(year, month, 1) + timedelta(minutes=minutes, seconds=rng.randrange(60))
    start = rng.choice(locations)
    # People go home to few places: the ends of trips are skewed.
    end = locations[int(len(locations) * rng.random() ** 2)] if rng.random() > 0.01 else 264
    distance = round(rng.lognormvariate(0.8, 0.7), 2)
    rate = 1
    if airport in (start, end):
        distance, rate = round(rng.uniform(12, 19), 2), 2
    speed = rng.uniform(6, 20)
    dropoff = pickup + timedelta(seconds=int(distance / speed * 3600) + rng.randrange(30, 300))
    fare = 52.0 if rate == 2 else round((2.5 + 2.5 * distance + (dropoff - pickup).seconds / 60 * 0.3) * 2) / 2
    extra = rng.choice([0, 0.5, 1, 2.5])
    congestion = rng.choice([0, 0, 2.75]) if colour == "green" else rng.choice([2.5, 2.5, 2.5, 0])
    tolls = 6.12 if rng.random() < (0.5 if rate == 2 else 0.03) else 0
    payment = rng.choices([1, 2, 3, 4], [60, 36, 3, 1])[0]
    tip = round((fare + extra) * rng.choice([0.1, 0.15, 0.2, 0.2, 0.25]), 2) if payment == 1 else 0
    sign = -1 if payment == 4 and rng.random() < 0.5 else 1  # a refund
    tax, improvement = 0.5, 0.3
    total = fare + extra + tax + tip + tolls + improvement + congestion
    passengers = rng.choices([1, 2, 3, 4, 5, 6, 0], [72, 14, 4, 2, 4, 3, 1])[0]
    vendor = rng.choice([1, 2, 2])
    known = rng.random() > 0.06  # trips booked by telephone lack half of their cells
    head = [vendor if known else "", pickup.isoformat(" "), dropoff.isoformat(" ")]
    flag = "N" if rng.random() > 0.02 else "Y"
    amounts = [money(sign * value) for value in (fare, extra, tax, tip, tolls)]
    improvement, total, congestion = money(sign * improvement), money(sign * total), money(sign * congestion)
    if colour == "green":
        return head + [flag if known else "", rate if known else "", start, end, passengers if known else "",
                       money(distance)] + amounts + ["", improvement, total, payment if known else "",
                       (1 if rate == 1 else 2) if known else "", congestion if known else ""]
    return head + [passengers if known else "", money(distance), rate if known else "", flag if known else "",
                   start, end, payment if known else 0] + amounts + [improvement, total, congestion if known else ""]


TAXI_COLUMNS = {
    "green": "VendorID,lpep_pickup_datetime,lpep_dropoff_datetime,store_and_fwd_flag,RatecodeID,PULocationID,DOLocationID,"
             "passenger_count,trip_distance,fare_amount,extra,mta_tax,tip_amount,tolls_amount,ehail_fee,"
             "improvement_surcharge,total_amount,payment_type,trip_type,congestion_surcharge".split(","),
    "yellow": "VendorID,tpep_pickup_datetime,tpep_dropoff_datetime,passenger_count,trip_distance,RatecodeID,"
              "store_and_fwd_flag,PULocationID,DOLocationID,payment_type,fare_amount,extra,mta_tax,tip_amount,tolls_amount,"
              "improvement_surcharge,total_amount,congestion_surcharge".split(","),
}


def taxi():
    rng = random.Random(2021)
    locations, airport = zones(rng)
    for colour, sizes in (("green", [420, 380, 460]), ("yellow", [900, 820, 1040])):
        for month, size in enumerate(sizes, 1):
            rows = [trip(rng, colour, 2021, month, locations, airport) for _ in range(size)]
            # Sorted by pick-up, as the files are published; telephone bookings come last.
            rows.sort(key=lambda row: (row[0] == "", row[1]))
            packed = "" if month == 2 and colour == "green" else ".gz"
            name = f"{colour}_tripdata_2021-{month:02}.csv{packed}"
            write_csv(f"taxi/{colour}/2021/{month:02}/{name}", TAXI_COLUMNS[colour], rows)


# A web server's log ------------------------------------------------------------------------------------------


def access_log():
    rng = random.Random(1995)
    hosts = [f"{rng.choice(['ppp', 'dial', 'proxy', 'cache', 'ws'])}{n}.{rng.choice(['example.com', 'example.net', 'uni.example', 'school.example'])}"
             for n in range(60)] + [f"192.0.2.{n}" for n in range(1, 60)] + [f"198.51.100.{n}" for n in range(1, 30)]
    pages = [("/", 7074)] + [
        (f"/{folder}/{name}", rng.randrange(300, 90000))
        for folder in ["images", "shuttle/missions", "history/moon", "software/tools", "cgi-bin/search"]
        for name in ["index.html", "logo.gif", "countdown.html", "video/launch.mpg", "patch-small.gif", "mission.txt"]
    ]
    popularity = [1 / (rank + 1) for rank in range(len(pages))]
    lines, now = [], datetime(1995, 7, 1, 0, 0, 1)
    for _ in range(2500):
        now += timedelta(seconds=int(rng.expovariate(1 / 240)))
        host, (page, size) = rng.choice(hosts), rng.choices(pages, popularity)[0]
        stamp = now.strftime("%d/") + ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][now.month - 1] + now.strftime("/%Y:%H:%M:%S")
        status = rng.choices([200, 304, 302, 404, 403, 500], [86, 8, 2, 3, 0.5, 0.5])[0]
        sent = str(size) if status == 200 else ("0" if status in (302, 304) else "-")
        request = f"{rng.choices(['GET', 'HEAD', 'POST'], [95, 3, 2])[0]} {page} HTTP/1.0"
        trouble = rng.random()
        if trouble < 0.01:
            request = f"GET {page}"  # HTTP/0.9 names no protocol
        elif trouble < 0.013:
            request = f"GET {page} HTTP/1.0 extra words"
        lines.append(f'{host} - - [{stamp} -0400] "{request}" {status} {sent}\n')
        if trouble > 0.9985:
            lines.append(f"{host} - -\n")  # the disk was full
    text = "".join(lines).encode()
    write_bytes("access.log", text)
    write_bytes("access.log.gz", "".join(lines[:200]).encode())


# Troubles, one a file ----------------------------------------------------------------------------------------


def messy():
    files = {
        # a quoted cell goes over several lines; quotes within quotes are escaped the way Spark expects
        "multiline.csv": 'id,note,amount\n1,"first line\nsecond line",10\n2,"plain",20\n3,"say \\"hi\\"\n\nend",30\n4,,40\n',
        "doubled_quotes.csv": 'id,note\n1,"say ""hi"""\n2,"a,b"\n3,""\n4,"it\'s"\n5,un"quoted\n',
        "ragged.csv": "id,name,score\n1,Ada,9.5\n2,Bob\n3,Cyd,7.25,extra\n4\n5,Eve,8,x,y\n6,Fay,6\n",
        "wrong_types.csv": "id,name,score,day,flag\n1,Ada,9.5,2021-03-01,true\ntwo,Bob,8,2021-03-02,false\n3,Cyd,high,2021-03-03,TRUE\n"
                           "4,Dan,7,2021-02-30,no\n5,Eve,,,\n99999999999,Fay,1e3,2021-3-4,False\n",
        "comments.csv": "# made by a tool\nid,name\n# the first half\n1,Ada\n2,#Bob\n#3,Cyd\n4,Dan\n",
        "semicolon.csv": "id;name;price\n1;Ada;1,50\n2;'Bob; the builder';2,75\n3;Cyd;\n",
        "pipe.txt": "1|Ada|1.5|\n2|Bob|2.5|\n3|Cyd|3.5|\n",
        "tabs.tsv": "id\tname\tnote\n1\tAda\t  spaces around  \n2\tBob\t\n3\t\tx\n",
        "two_characters.csv": "id||name||note\n1||Ada||a|b\n2||Bob||\n",
        "blank_lines.csv": "id,name\n\n1,Ada\n\n\n2,Bob\n   \n3,Cyd\n\n",
        "windows_lines.csv": "id,name\r\n1,Ada\r\n2,Bob\r\n",
        "no_final_newline.csv": "id,name\n1,Ada\n2,Bob",
        "header_only.csv": "id,name,score\n",
        "empty.csv": "",
        "nulls.csv": 'id,name,score,note\n1,NA,1.5,""\n2,,NA,x\n3,"NA",-,\n4,null,NaN,"  "\n5,\\N,Infinity,-\n',
        "spaces.csv": "id, name , score\n1, Ada , 1.5\n2 ,Bob,  2.5 \n 3,  ,3\n",
        "dates.csv": "id,day,at\n1,31/12/2020,31/12/2020 23:59:59\n2,01/02/2021,01/02/2021 00:00:00\n3,2021-02-01,bad\n4,,\n",
        "timestamps.csv": "id,at\n1,2021-03-14 01:59:59\n2,2021-03-14T03:00:00Z\n3,2021-03-14 12:30:00.123456\n4,2021-03-14\n5,2021-03-14 05:00:00+05:30\n",
        "duplicate_header.csv": "id,name,ID,name,\n1,Ada,2,Bob,x\n",
        "infer.csv": "i,l,d,m,b,t,n,s\n1,1,1.5,12345678901234567890,true,2021-01-01 00:00:00,,x\n2,3000000000,2,1,false,2021-06-30T12:00:00,,2\n,,,,,,,\n",
        "wide_quotes.csv": 'a,b\n"unfinished,1\nx,2\n',
    }
    for name, text in files.items():
        write_bytes(f"messy/{name}", text.encode())
    write_bytes("messy/latin1.csv", "id,name\n1,Zoë\n2,Müller\n3,Ångström\n".encode("latin-1"))
    write_bytes("messy/utf16.csv", "id,name\n1,Zoë\n2,Müller\n".encode("utf-16"))
    write_bytes("messy/bom.csv", "\ufeffid,name\n1,Zoë\n2,東京\n".encode())
    write_bytes("messy/bad_utf8.csv", b"id,name\n1,ok\n2,\xff\xfe\n3,\xc3(\n")
    write_bytes("messy/packed.csv.bz2", b"id,name\n" + b"".join(b"%d,name-%d\n" % (n, n % 7) for n in range(200)))
    write_bytes("messy/packed.csv.gz", b"id,name\n" + b"".join(b"%d,name-%d\n" % (n, n % 7) for n in range(200)))
    # A folder of parts as a job leaves it behind: every part has the header, files of bookkeeping are not data.
    write_bytes("messy/folder/part-00000.csv", b"id,name\n1,Ada\n2,Bob\n")
    write_bytes("messy/folder/part-00001.csv", b"id,name\n3,Cyd\n")
    write_bytes("messy/folder/_SUCCESS", b"")
    write_bytes("messy/folder/.hidden.csv", b"id,name\n99,hidden\n")
    # JSON Lines: a missing key, a nested value, a line that is not JSON, a type that changes
    write_bytes(
        "messy/people.json",
        b'{"id":1,"name":"Ada","tags":["a","b"],"home":{"city":"London","zip":null}}\n'
        b'{"id":2,"name":null,"tags":[]}\n{"id":"three","name":"Cyd","extra":true}\nnot json\n'
        b'{"id":4,"name":"D\\u00e9a","home":{"city":"Paris","zip":"75001"},"tags":null}\n',
    )
    write_bytes("messy/clean.json", b'{"a":1,"b":2.5,"c":"x","d":[1,2],"e":{"f":true}}\n{"a":2,"b":3,"c":null,"d":[],"e":{"f":null}}\n{"b":4,"a":30000000000}\n')
    write_bytes("messy/lines.txt", "first line\n\n  third, with spaces  \nlast: Zoë\n".encode())
    # Folders that carry column values in their names
    for year, months in ((2020, (11, 12)), (2021, (1,))):
        for month in months:
            write_bytes(f"messy/by_month/year={year}/month={month:02}/data.csv", f"day,visits\n1,{year % 100 * month}\n2,{month}\n".encode())
    write_bytes("messy/by_month/year=2021/month=__HIVE_DEFAULT_PARTITION__/data.csv", b"day,visits\n3,7\n")


if __name__ == "__main__":
    surveys()
    taxi()
    access_log()
    messy()
