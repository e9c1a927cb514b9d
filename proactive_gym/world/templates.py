"""The shapes of days, as data: which pursuits follow each other on a day of each kind.

A day is a list of lines `hour spread flex pursuits`: the usual clock time at which a block begins
(beyond 24 after midnight), its standard deviation in hours, how far it follows the person's own
clock (0: the world's hour, 1: fully shifted by chronotype, habit and day), and what may then begin,
each with a weight (1 unless given). `-` means that the previous block goes on. A line's pursuits
are names of `PURSUITS` or `BY_MODE`. The last line is the hour of falling asleep.

All of it is an assumption about ordinary days, written to be plausible and to give each activity
its place; it is not fitted to a time-use survey. `proactive_gym.world.days` composes days from it.
"""

DAY_KINDS: dict[str, str] = {
    "office": """
        6.70 0.25 0.35 wake
        6.90 0.10 0.35 ready
        7.35 0.15 0.35 meal 4 | -
        7.75 0.15 0.30 school 2 | -
        8.15 0.15 0.30 travel
        8.85 0.15 0.25 desk 3 | meeting 1
        10.10 0.20 0.10 meeting 4 | coffee 1 | desk 4
        10.90 0.20 0.10 desk 4 | coffee 1
        12.30 0.20 0.10 canteen 4 | eat_out 2
        12.95 0.10 0.10 desk 4 | street_talk 1 | park 1
        13.40 0.15 0.10 desk 3 | meeting 3
        14.60 0.20 0.10 desk
        15.40 0.20 0.10 coffee 1 | meeting 2 | desk 3
        15.90 0.20 0.10 desk
        17.30 0.30 0.35 travel
        18.05 0.20 0.40 shopping 2 | gym 1 | run 1 | family 2 | eat_out 1 | housework 1
        18.90 0.25 0.60 housework 3 | exercises 1 | family 2 | rest 1
        19.60 0.30 0.60 meal 6 | eat_out 1
        20.10 0.20 0.80 housework 2 | home_talk 2 | rest 3
        20.70 0.30 0.90 rest 5 | family 3 | home_talk 1 | visit 1 | home_desk 1
        22.10 0.30 1.00 ready
        22.45 0.15 1.00 bed
        23.05 0.30 1.00 sleep
    """,
    "home_office": """
        7.00 0.25 0.40 wake
        7.25 0.10 0.40 ready
        7.55 0.15 0.40 meal
        8.00 0.15 0.30 school 2 | housework 1 | -
        8.60 0.20 0.30 home_desk
        10.30 0.30 0.15 housework 1 | visit 1 | home_desk 4
        10.75 0.20 0.15 home_desk
        12.45 0.30 0.15 meal
        12.95 0.20 0.15 home_desk 3 | park 1 | shopping 1 | near 1
        13.50 0.20 0.15 home_desk
        15.40 0.30 0.15 housework 1 | rest 1 | home_desk 3 | coffee 1
        15.90 0.20 0.15 home_desk
        17.40 0.30 0.40 near 1 | run 1 | exercises 1 | family 1
        18.10 0.30 0.50 shopping 1 | housework 1 | gym 1 | playground 1
        19.40 0.30 0.60 meal 5 | eat_out 1
        19.90 0.20 0.80 housework 2 | home_talk 2 | rest 3
        20.60 0.30 0.90 rest 5 | family 3 | home_talk 1 | visit 1 | home_desk 1
        22.10 0.30 1.00 ready
        22.50 0.15 1.00 bed
        23.15 0.30 1.00 sleep
    """,
    "hands_on": """
        6.40 0.25 0.30 wake
        6.60 0.10 0.30 ready
        6.95 0.15 0.30 meal 3 | -
        7.35 0.15 0.30 school 2 | -
        7.70 0.20 0.30 travel
        8.30 0.20 0.30 work 5 | meeting 1
        8.75 0.15 0.20 work
        10.20 0.25 0.10 work 5 | street_talk 1 | coffee 1 | meeting 1
        10.65 0.20 0.10 work
        12.20 0.25 0.10 canteen 3 | eat_out 1 | park 1
        12.85 0.15 0.10 work 6
        14.20 0.30 0.10 work 5 | meeting 2 | street_talk 1
        14.85 0.20 0.10 work
        17.00 0.40 0.30 travel
        17.65 0.25 0.40 shopping 2 | family 2 | housework 2 | run 1 | gym 1 | street_talk 1
        18.60 0.30 0.50 housework 2 | rest 2 | family 1 | playground 1
        19.40 0.30 0.60 meal 7 | eat_out 1
        19.90 0.20 0.80 housework 2 | home_talk 2 | rest 3
        20.50 0.30 0.90 rest 5 | family 3 | visit 1 | coffee 1
        21.80 0.30 1.00 ready
        22.15 0.15 1.00 bed
        22.75 0.30 1.00 sleep
    """,
    "early_shift": """
        4.60 0.15 0.10 wake
        4.80 0.08 0.10 ready
        5.05 0.08 0.10 meal 2 | -
        5.35 0.10 0.05 travel
        5.95 0.05 0.00 meeting 2 | work 1
        6.25 0.08 0.00 work
        9.10 0.20 0.00 canteen 2 | coffee 1
        9.60 0.10 0.00 work
        11.80 0.25 0.00 canteen 2 | work 3 | street_talk 1
        12.30 0.15 0.00 work
        13.70 0.10 0.00 meeting 1 | -
        14.05 0.10 0.05 travel
        14.80 0.15 0.20 meal
        15.30 0.20 0.30 rest 3 | family 1 | school 2
        16.40 0.30 0.30 shopping 2 | housework 2 | gym 1 | run 1 | playground 1
        17.60 0.30 0.40 housework 2 | home_talk 1 | rest 1 | street_talk 1
        18.70 0.30 0.40 meal
        19.20 0.25 0.50 rest 4 | family 3 | visit 1
        20.50 0.20 0.40 ready
        20.80 0.15 0.40 bed
        21.30 0.25 0.40 sleep
    """,
    "late_shift": """
        8.00 0.35 0.40 wake
        8.30 0.15 0.40 ready
        8.80 0.15 0.40 meal
        9.30 0.20 0.40 housework 3 | rest 1 | visit 1
        10.30 0.30 0.30 shopping 2 | gym 1 | run 1 | park 1 | playground 1
        11.40 0.25 0.20 housework 1 | rest 2 | family 1
        12.20 0.20 0.10 meal
        12.70 0.10 0.10 ready
        13.10 0.10 0.05 travel
        13.95 0.05 0.00 meeting 2 | work 1
        14.30 0.10 0.00 work
        17.60 0.25 0.00 canteen 3 | eat_out 1
        18.20 0.10 0.00 work
        20.10 0.30 0.00 coffee 1 | street_talk 1 | work 2
        20.50 0.10 0.00 work
        22.05 0.10 0.00 travel
        22.75 0.15 0.05 meal 1 | rest 2 | family 1
        23.30 0.15 0.20 rest 3 | housework 1
        24.10 0.20 0.40 ready
        24.35 0.10 0.40 bed
        24.85 0.25 0.40 sleep
    """,
    "first_night": """
        9.50 0.35 0.40 wake
        9.85 0.15 0.40 ready
        10.50 0.20 0.40 meal
        11.00 0.25 0.40 housework 2 | shopping 1 | visit 1
        12.30 0.30 0.30 park 1 | run 1 | gym 1 | rest 1 | playground 1
        13.90 0.30 0.20 meal
        14.40 0.30 0.20 rest
        17.30 0.30 0.10 family 2 | home_talk 1 | housework 1
        19.10 0.20 0.10 meal
        19.60 0.20 0.05 rest 2 | family 2
        20.60 0.15 0.05 ready
        21.10 0.10 0.05 travel
        21.95 0.05 0.00 meeting 2 | work 1
        22.30 0.10 0.00 work
        25.60 0.25 0.00 canteen
        26.20 0.10 0.00 work
        28.20 0.30 0.00 coffee 1 | work 3
        28.60 0.10 0.00 work
        30.05 0.10 0.00 travel
        30.75 0.12 0.05 meal
        31.20 0.10 0.05 ready
        31.45 0.08 0.10 bed
        31.85 0.15 0.10 sleep
    """,
    "night_shift": """
        14.60 0.30 0.20 wake
        14.90 0.10 0.20 ready
        15.50 0.15 0.20 meal
        16.00 0.25 0.15 shopping 2 | housework 2 | gym 1 | run 1 | playground 1
        17.30 0.25 0.10 family 2 | home_talk 1 | rest 2 | street_talk 1
        18.90 0.20 0.10 meal
        19.40 0.20 0.05 rest 2 | family 2 | housework 1
        20.60 0.15 0.05 ready
        21.10 0.10 0.05 travel
        21.95 0.05 0.00 meeting 2 | work 1
        22.30 0.10 0.00 work
        25.60 0.25 0.00 canteen
        26.20 0.10 0.00 work
        28.20 0.30 0.00 coffee 1 | work 3
        28.60 0.10 0.00 work
        30.05 0.10 0.00 travel
        30.75 0.12 0.05 meal
        31.20 0.10 0.05 ready
        31.45 0.08 0.10 bed
        31.85 0.15 0.10 sleep
    """,
    "after_night": """
        13.80 0.40 0.20 wake
        14.15 0.15 0.20 ready
        14.70 0.15 0.20 meal
        15.20 0.30 0.30 housework 2 | rest 2 | shopping 1
        16.60 0.40 0.40 park 1 | coffee 1 | family 1 | rest 1 | playground 1
        18.20 0.30 0.40 housework 1 | rest 1 | home_talk 1
        19.50 0.30 0.40 meal 5 | eat_out 1
        20.00 0.30 0.50 rest 4 | family 3 | visit 1
        22.40 0.30 0.60 ready
        22.75 0.15 0.60 bed
        23.40 0.30 0.60 sleep
    """,
    "study": """
        7.20 0.35 0.40 wake
        7.50 0.10 0.40 ready
        7.90 0.15 0.40 meal 2 | -
        8.20 0.20 0.30 school 2 | -
        8.50 0.20 0.30 travel
        9.20 0.15 0.15 class 4 | study 2
        10.70 0.20 0.10 coffee 2 | study 2 | street_talk 1
        11.20 0.20 0.10 class 2 | study 2
        12.75 0.25 0.10 canteen 4 | park 1
        13.40 0.20 0.15 study 3 | class 2 | coffee 1
        15.10 0.30 0.20 study 3 | class 1 | coffee 1
        16.70 0.40 0.30 travel
        17.40 0.25 0.40 gym 1 | run 1 | shopping 2 | rest 2 | coffee 1
        18.60 0.30 0.50 housework 2 | rest 2 | home_desk 1
        19.70 0.35 0.60 meal 4 | eat_out 1
        20.20 0.25 0.80 home_desk 3 | rest 2 | home_talk 1 | visit 1
        21.60 0.35 0.90 rest 4 | visit 1 | street_talk 1
        22.80 0.30 1.00 ready
        23.15 0.15 1.00 bed
        23.80 0.30 1.00 sleep
    """,
    "study_home": """
        8.00 0.40 0.60 wake
        8.40 0.15 0.60 ready
        9.00 0.15 0.60 meal
        9.50 0.30 0.50 home_desk
        11.20 0.30 0.30 housework 1 | coffee 1 | rest 1
        12.00 0.30 0.30 home_desk 2 | shopping 1
        13.30 0.25 0.30 meal 4 | eat_out 1
        13.80 0.25 0.30 home_desk
        15.50 0.30 0.30 near 1 | rest 1 | coffee 1 | park 1
        16.30 0.30 0.40 home_desk 3 | housework 1
        17.80 0.30 0.50 gym 1 | run 1 | shopping 1 | street_talk 1
        19.60 0.35 0.60 meal 4 | eat_out 1
        20.10 0.25 0.80 rest 3 | home_desk 2 | visit 1 | home_talk 1
        22.80 0.30 1.00 ready
        23.15 0.15 1.00 bed
        23.80 0.30 1.00 sleep
    """,
    "carer": """
        6.60 0.25 0.35 wake
        6.85 0.10 0.35 ready
        7.30 0.15 0.35 meal
        7.80 0.15 0.25 school 4 | housework 1
        8.50 0.20 0.25 housework 3 | street_talk 1 | home_talk 1
        9.60 0.25 0.25 shopping 3 | housework 2 | playground 1 | visit 1
        10.80 0.25 0.20 playground 2 | housework 3 | exercises 1 | coffee 1
        12.40 0.25 0.20 meal
        12.90 0.25 0.20 rest 2 | housework 2 | home_desk 1
        14.00 0.30 0.20 housework 2 | visit 1 | rest 1
        15.10 0.20 0.10 school 4 | near 1
        15.70 0.20 0.15 playground 3 | family 2 | street_talk 1
        17.00 0.30 0.20 housework 3 | family 1 | home_talk 1
        18.70 0.25 0.30 meal
        19.20 0.25 0.40 family 3 | home_talk 2 | ready 1
        20.40 0.30 0.60 rest 3 | home_talk 1 | housework 1
        21.90 0.30 0.90 ready
        22.25 0.15 0.90 bed
        22.85 0.30 0.90 sleep
    """,
    "home_day": """
        7.80 0.45 0.70 wake
        8.20 0.20 0.70 ready
        8.80 0.20 0.70 meal
        9.30 0.30 0.60 housework 3 | home_desk 2 | rest 1
        10.60 0.40 0.50 near 2 | shopping 2 | run 1 | gym 1
        11.60 0.30 0.40 shopping 1 | coffee 1 | housework 1 | park 1
        13.20 0.30 0.40 meal 6 | eat_out 1
        13.70 0.30 0.40 rest 2 | home_desk 2 | housework 1
        15.20 0.40 0.40 near 1 | coffee 1 | visit 1 | exercises 1 | park 1
        16.60 0.40 0.50 housework 2 | rest 2 | street_talk 1 | home_desk 1
        19.10 0.35 0.60 meal 6 | eat_out 1
        19.60 0.30 0.80 rest 4 | family 2 | home_talk 1 | visit 1
        22.20 0.35 1.00 ready
        22.55 0.15 1.00 bed
        23.20 0.35 1.00 sleep
    """,
    "retired": """
        6.90 0.40 0.60 wake
        7.25 0.20 0.60 ready
        8.00 0.20 0.60 meal
        8.50 0.25 0.50 housework 3 | exercises 2 | home_desk 1
        9.70 0.30 0.40 near 2 | shopping 2 | street_talk 1 | run 1 | gym 1
        10.60 0.30 0.30 shopping 2 | coffee 1 | housework 2 | park 2
        11.40 0.20 0.20 housework 2 | park 1 | rest 1 | -
        12.50 0.25 0.20 meal
        13.00 0.25 0.20 rest
        14.50 0.35 0.20 housework 2 | visit 2 | home_desk 1 | park 1
        16.00 0.35 0.20 rest 2 | near 1 | home_talk 1 | street_talk 1 | park 1
        17.20 0.30 0.30 housework 2 | rest 1 | visit 1
        18.50 0.30 0.40 meal
        19.00 0.25 0.50 rest 4 | family 3 | home_talk 1
        21.30 0.35 0.80 ready
        21.70 0.15 0.80 bed
        22.40 0.35 0.80 sleep
    """,
    "retired_out": """
        6.80 0.40 0.60 wake
        7.10 0.20 0.60 ready
        7.90 0.20 0.60 meal
        8.40 0.25 0.40 housework 2 | exercises 1 | ready 1
        9.40 0.30 0.30 travel
        10.10 0.25 0.20 coffee 2 | shopping 2 | park 1 | gym 1 | street_talk 1
        11.40 0.30 0.20 park 2 | shopping 1 | street_talk 1
        12.85 0.25 0.20 eat_out
        13.50 0.30 0.20 coffee 1 | park 2 | shopping 1
        14.80 0.35 0.20 travel
        15.50 0.25 0.20 rest 3 | visit 1
        17.00 0.30 0.30 housework 2 | home_desk 1 | visit 1 | rest 1
        18.60 0.30 0.40 meal
        19.10 0.25 0.50 rest 4 | family 3 | home_talk 1
        21.30 0.35 0.80 ready
        21.70 0.15 0.80 bed
        22.40 0.35 0.80 sleep
    """,
    "free_home": """
        8.10 0.50 0.80 wake
        8.60 0.20 0.80 ready
        9.40 0.20 0.80 meal
        9.90 0.30 0.70 housework 4 | family 2 | rest 1 | home_talk 1
        11.10 0.35 0.50 shopping 2 | run 1 | gym 1 | exercises 1 | near 1
        12.20 0.30 0.40 housework 2 | family 1 | home_talk 1
        13.50 0.35 0.40 meal 5 | eat_out 1
        14.00 0.30 0.40 rest 3 | family 2 | playground 2 | visit 1
        15.60 0.40 0.40 housework 2 | playground 1 | near 1 | coffee 1 | home_desk 1
        17.00 0.40 0.50 rest 2 | housework 2 | run 1 | family 1
        19.40 0.35 0.60 meal 5 | eat_out 1
        19.90 0.25 0.80 rest 4 | family 3 | visit 1 | home_talk 1
        22.70 0.35 1.00 ready
        23.05 0.15 1.00 bed
        23.70 0.35 1.00 sleep
    """,
    "free_out": """
        8.20 0.50 0.80 wake
        8.60 0.20 0.80 ready
        9.40 0.20 0.80 meal
        9.90 0.30 0.70 housework 2 | rest 1 | home_talk 1
        10.90 0.35 0.40 travel
        11.60 0.25 0.30 shopping 2 | park 1 | playground 1 | coffee 1 | gym 1
        13.45 0.30 0.30 eat_out
        14.10 0.30 0.30 park 1 | playground 1 | shopping 1 | coffee 1 | street_talk 1
        15.80 0.40 0.30 travel
        16.60 0.30 0.40 rest 2 | housework 2 | family 1
        18.40 0.40 0.50 rest 2 | near 1 | housework 1
        20.10 0.30 0.60 eat_out 2 | meal 1
        20.60 0.30 0.70 rest 2 | family 2 | street_talk 1 | visit 1 | coffee 1
        22.90 0.35 1.00 ready
        23.25 0.15 1.00 bed
        23.90 0.35 1.00 sleep
    """,
    "eve": """
        8.00 0.45 0.70 wake
        8.40 0.20 0.70 ready
        9.20 0.20 0.60 meal
        9.70 0.30 0.50 housework 4 | family 2 | rest 1
        11.00 0.35 0.40 shopping 2 | run 1 | gym 1 | near 1
        12.20 0.30 0.30 housework 2 | family 1 | home_talk 1
        13.30 0.30 0.30 meal 5 | eat_out 1
        13.90 0.30 0.30 rest 3 | playground 2 | visit 1
        15.60 0.35 0.30 housework 2 | coffee 1 | near 1 | home_desk 1
        17.00 0.30 0.30 rest 2 | housework 1 | family 1
        18.40 0.25 0.30 meal
        18.90 0.25 0.30 rest 4 | family 3 | home_talk 1
        20.70 0.25 0.30 ready
        21.00 0.15 0.30 bed
        21.60 0.25 0.30 sleep
    """,
}
